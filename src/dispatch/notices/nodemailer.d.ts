/** The little of nodemailer that is used here. */
declare module "nodemailer" {
  export interface Transport {
    sendMail(mail: object): Promise<unknown>;
    verify(): Promise<unknown>;
    close(): void;
  }
  export function createTransport(options: object): Transport;
}
