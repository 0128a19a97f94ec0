-- Failed sign-ins from one network, so that one password cannot be tried under many names.
create table sign_in_networks (
  -- Keyed digest of the network, cut to /24 or /48; the network itself is not stored here.
  network_digest bytea not null primary key,
  -- When all its failures will have been lived down.
  empty_at timestamp not null
);
create index sign_in_networks_empty on sign_in_networks (empty_at);
