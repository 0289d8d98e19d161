/** One end's TLS as it is to be spoken; where keys come from is a reference, never the key. */
export interface ServerTlsIr {
  readonly certificate: CertificateSourceIr;
  /** Present: a client must show a certificate that passes. */
  readonly clients?: PeerValidationIr;
  /** ALPN, in order of preference; empty: none is offered. */
  readonly applicationProtocols: readonly string[];
}

export interface ClientTlsIr {
  /** What this end shows to a server that asks. */
  readonly certificate?: CertificateSourceIr;
  /** Absent: encrypted, and whoever answers is believed. */
  readonly server?: PeerValidationIr;
  /** Server name that is asked for (SNI). */
  readonly serverName?: string;
  readonly applicationProtocols: readonly string[];
}

/** `file`: paths in the task; `sds`: a secret of the task's own SDS socket; `acm`: the agent exports it from ACM. */
export type CertificateSourceIr =
  | { readonly kind: 'file'; readonly chain: string; readonly privateKey: string }
  | { readonly kind: 'sds'; readonly secret: string }
  | { readonly kind: 'acm'; readonly certificateArn: string };

/** `acm-chain`: the root that an ACM certificate leads to; `acm-pca`: certificates of private CAs. */
export type TrustSourceIr =
  | { readonly kind: 'file'; readonly chain: string }
  | { readonly kind: 'sds'; readonly secret: string }
  | { readonly kind: 'acm-chain'; readonly certificateArn: string }
  | { readonly kind: 'acm-pca'; readonly authorityArns: readonly string[] };

export interface PeerValidationIr {
  readonly trust: TrustSourceIr;
  /** Subject alternative names of which the peer must have one, sorted; empty: any name. */
  readonly names: readonly string[];
}
