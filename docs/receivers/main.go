package main

import (
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type event struct {
	Type, Account string
	Subject       struct{ Type, ID string }
	Sequence      int
	Observed      struct{ At string }
}

func work(todo <-chan event) {
	newest := map[string]event{} // yours: columns beside each record
	for e := range todo {
		key := e.Account + "/" + e.Subject.Type + "/" + e.Subject.ID
		had := newest[key]
		if e.Sequence >= had.Sequence || e.Observed.At > had.Observed.At { // otherwise it is older than what you have
			newest[key] = e
			log.Println(e.Type, key, e.Sequence)
		}
	}
}

func main() {
	webhook, err := standardwebhooks.NewWebhook(os.Getenv("WEBHOOK_SECRET")) // whsec_…
	if err != nil {
		log.Fatal(err)
	}
	var inbox sync.Map // yours: a table with webhook-id as its unique key
	todo := make(chan event, 10_000)
	go work(todo)
	http.HandleFunc("/webhooks", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20)) // the bytes as they came
		var e event
		if err != nil || webhook.Verify(body, r.Header) != nil || json.Unmarshal(body, &e) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if _, had := inbox.LoadOrStore(r.Header.Get("webhook-id"), e); !had {
			todo <- e // worked off after the answer
		}
		w.WriteHeader(http.StatusNoContent)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
