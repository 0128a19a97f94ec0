-- What somebody else has written about a person: a certificate, a court's letter, a scan.
create table documents (
  id text not null primary key check (length(id) = 36),
  case_id text not null references cases (id),
  state text not null check (state in ('awaiting_content', 'current', 'superseded')),
  -- A code of document_kind.
  kind text not null,
  -- Of which class of data it is, which decides who is shown it.
  class text not null check (class in ('case_restricted', 'medical', 'investigation')),
  language text,
  issued_on text check (length(issued_on) = 10),
  -- What it is called, who issued it, the number on it.
  sealed bytea,
  -- The earlier version of it, which stays (R13).
  supersedes_id text references documents (id),
  -- The organisation that added it.
  organisation_id text not null references organisations (id),
  -- A code of document_media, found by the first bytes.
  media text,
  size_bytes bigint,
  -- SHA-256 of what was uploaded, in hexadecimal digits; noughts after erasure. The trail has a commitment.
  digest text check (length(digest) = 64),
  uploaded_by text references users (id),
  uploaded_at timestamp,
  created_by text not null references users (id),
  version bigint not null,
  created_at timestamp not null,
  updated_at timestamp not null,
  check ((state = 'awaiting_content') = (uploaded_at is null) and (uploaded_by is null) = (uploaded_at is null)
    and (media is null) = (uploaded_at is null) and (size_bytes is null) = (uploaded_at is null)
    and (digest is null) = (uploaded_at is null))
);
create index documents_case on documents (case_id, created_at, id);
create index documents_earlier on documents (supersedes_id);
create index documents_organisation on documents (organisation_id);
create index documents_uploader on documents (uploaded_by);
create index documents_author on documents (created_by);

-- The documents themselves, apart from what lists read. Each is written once.
create table document_contents (
  document_id text not null primary key references documents (id),
  case_id text not null references cases (id),
  sealed bytea not null
);
create index document_contents_case on document_contents (case_id);
