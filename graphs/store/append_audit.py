"""The function that appends to the audit trail: sequence and hash are made where the heads are locked."""

from __future__ import annotations

APPEND_PARAMETERS = """
  tenants text[], ats timestamptz[], kinds text[], actors text[], cases text[], steps text[], visits bigint[],
  heads text[], tails text[], commitments bytea[], salts bytea[], contents text[]
"""
"""Of `AUDIT_COLUMNS` of the flush, in order."""
APPEND_AUDIT = """
CREATE OR REPLACE FUNCTION append_audit(@parameters@) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  current text; seq_ bigint; hash_ bytea; seqs bigint[] := '{}'; hashes bytea[] := '{}';
BEGIN
  FOR i IN 1..cardinality(tenants) LOOP
    IF current IS DISTINCT FROM tenants[i] THEN
      IF current IS NOT NULL THEN
        UPDATE audit_heads h SET seq = seq_, hash = encode(hash_, 'hex') WHERE h.tenant = current;
      END IF;
      current := tenants[i];
      SELECT h.seq, decode(h.hash, 'hex') INTO seq_, hash_ FROM audit_heads h WHERE h.tenant = current FOR UPDATE;
      IF NOT FOUND THEN
        INSERT INTO audit_heads VALUES (current, 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
        SELECT h.seq, decode(h.hash, 'hex') INTO seq_, hash_ FROM audit_heads h WHERE h.tenant = current FOR UPDATE;
      END IF;
    END IF;
    seq_ := seq_ + 1;
    hash_ := sha256(hash_ || sha256(convert_to(heads[i] || seq_::text || tails[i], 'UTF8')));
    seqs[i] := seq_;
    hashes[i] := hash_;
  END LOOP;
  UPDATE audit_heads h SET seq = seq_, hash = encode(hash_, 'hex') WHERE h.tenant = current;
  INSERT INTO audit_entries (tenant, seq, at, kind, actor, case_id, step, visit, commitments, hash)
    SELECT * FROM unnest(tenants, seqs, ats, kinds, actors, cases, steps, visits, commitments, hashes);
  INSERT INTO audit_values (tenant, seq, content, salts)
    SELECT r.tenant, r.seq, r.content::jsonb, r.salts
    FROM unnest(tenants, seqs, contents, salts) AS r(tenant, seq, content, salts) WHERE r.content IS NOT NULL;
END $$;
""".replace("@parameters@", APPEND_PARAMETERS)
"""Rows must come sorted by tenant: heads are locked in that order, or two transactions deadlock."""
