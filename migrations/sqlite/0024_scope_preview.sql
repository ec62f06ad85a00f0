-- The scope that a simulation tries instead of the stored one, and which of its objects would come and go. Those are
-- few among many, and listed apart.
ALTER TABLE simulations ADD COLUMN scope TEXT;
ALTER TABLE simulated_objects ADD COLUMN movement TEXT;
CREATE INDEX simulated_movements ON simulated_objects (simulation, number) WHERE movement IS NOT NULL;
