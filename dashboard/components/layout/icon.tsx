import {
  Activity,
  AlertTriangle,
  BookOpen,
  Building2,
  Check,
  CircleAlert,
  CircleCheck,
  CircleDashed,
  CirclePause,
  CircleX,
  Clock,
  Copy,
  ExternalLink,
  House,
  Layers,
  ListTree,
  type LucideIcon,
  Plus,
  Radio,
  RefreshCw,
  Search,
  Server,
  User,
  Webhook,
} from "lucide-react";
import type { ReactNode } from "react";

const ICONS = {
  add: Plus,
  alert: CircleAlert,
  bad: CircleX,
  check: Check,
  clinic: Building2,
  clock: Clock,
  copy: Copy,
  docs: BookOpen,
  endpoint: Webhook,
  event: ListTree,
  good: CircleCheck,
  home: House,
  leave: ExternalLink,
  live: Radio,
  paused: CirclePause,
  person: User,
  pulse: Activity,
  queue: Layers,
  refresh: RefreshCw,
  search: Search,
  system: Server,
  waiting: CircleDashed,
  warning: AlertTriangle,
} as const satisfies Readonly<Record<string, LucideIcon>>;

export type IconName = keyof typeof ICONS;

/** A picture beside words, never instead of them. */
export function Icon({ name }: { readonly name: IconName }): ReactNode {
  const Picture = ICONS[name];
  return <Picture className="icon" size={16} strokeWidth={2} aria-hidden="true" />;
}
