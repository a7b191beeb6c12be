\set variant random(1, :variants)
\set customer random(1, 200)
WITH stock AS (
    UPDATE stock_level SET reserved = reserved + 1
    WHERE variant_id = :variant AND on_hand - reserved >= 1
    RETURNING variant_id, reserved
), placed AS (
    INSERT INTO placed_order (customer_id, total) SELECT :customer, 1100 FROM stock RETURNING id
), line AS (
    INSERT INTO order_line (order_id, variant_id, quantity, amount)
    SELECT placed.id, stock.variant_id, 1, 1100 FROM placed, stock
), entry AS (
    INSERT INTO stock_entry (variant_id, order_id, change, reserved_after)
    SELECT stock.variant_id, placed.id, 1, stock.reserved FROM placed, stock
)
INSERT INTO outbox_event (type, payload)
SELECT 'orders.order-placed.v1', jsonb_build_object('order', placed.id, 'variant', stock.variant_id)
FROM placed, stock;
