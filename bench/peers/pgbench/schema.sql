-- The least that an order of one line needs: no catalogue, no customer, no tax, no points, no idempotency.

CREATE TABLE stock_level (
    variant_id bigint PRIMARY KEY,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL CHECK (reserved >= 0 AND reserved <= on_hand)
) WITH (fillfactor = 70);

CREATE TABLE placed_order (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    customer_id bigint NOT NULL,
    total numeric(19, 4) NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE order_line (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    variant_id bigint NOT NULL,
    quantity integer NOT NULL,
    amount numeric(19, 4) NOT NULL
);
CREATE INDEX ON order_line (order_id);

CREATE TABLE stock_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id bigint NOT NULL,
    order_id bigint NOT NULL,
    change bigint NOT NULL,
    reserved_after bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON stock_entry (variant_id, id);

CREATE TABLE outbox_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    type text NOT NULL,
    payload jsonb NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO stock_level SELECT variant_id, 1000000000, 0 FROM generate_series(1, 1000) AS variant_id;
