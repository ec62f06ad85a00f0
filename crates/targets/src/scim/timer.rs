//! Time and chance, passed in so that waiting can be tested without waiting.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::{Clock, Time};

/// Where the SCIM client takes time and chance from.
#[async_trait]
pub trait Timer: Send + Sync + std::fmt::Debug {
    /// A moment that never goes backwards.
    fn now(&self) -> Instant;

    /// The time of day, for Retry-After headers that name a date.
    fn utc(&self) -> Time;

    async fn sleep(&self, duration: Duration);

    /// A number from 0 to 1 that spreads retries.
    fn chance(&self) -> f64;
}

/// Real time.
#[derive(Debug)]
pub struct SystemTimer {
    clock: Arc<dyn Clock>,
}

impl SystemTimer {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock }
    }
}

#[async_trait]
impl Timer for SystemTimer {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn utc(&self) -> Time {
        self.clock.now()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }

    fn chance(&self) -> f64 {
        rand::random()
    }
}
