//! Attackers who have to try: stuffing, spraying, guessing one account's password, wearing a second
//! factor out.

use rand::RngExt;

use super::*;

impl Attacker<'_> {
    /// Stolen pairs of names and passwords from elsewhere, each tried once or twice, through one
    /// address or many.
    pub(super) fn credential_stuffing(&mut self, random: &mut Random) {
        let origins = self.origins(self.amount(1.0, 40.0, random) as usize, random);
        // Who has a connection for every attempt has time as well.
        let slowest_ms = if self.hops { 7_200_000.0 } else { 300_000.0 };
        let mean_gap_ms = self.amount(150.0, slowest_ms, random);
        let success_share = between(0.003, 0.06, random);
        let unknown_share = random.random_range(0.0..0.8);
        let tries = random.random_range(1..3);
        let one_device = random.random_bool(0.6);
        let machine = self.program(random);
        let mut time_ms = self.start_ms;
        for _ in 0..between(15.0, 300.0, random) as usize {
            let origin = &origins[random.random_range(0..origins.len())];
            let user = self.anyone(unknown_share, random);
            let machine = if one_device {
                machine.clone()
            } else {
                renamed(&machine, random)
            };
            for _ in 0..tries {
                let origin = &self.hop(&user, origin, random);
                let event = self.event(&user, &machine, origin, time_ms, random);
                let success = random.random_bool(success_share) && !user.id.starts_with('x');
                self.add(time_ms, if success { event } else { failed(event) });
                time_ms += gap_ms(mean_gap_ms, random);
            }
        }
    }

    /// A few passwords for many users, over minutes or days, from one address or from many.
    pub(super) fn password_spray(&mut self, random: &mut Random) {
        let origins = self.origins(self.amount(1.0, 60.0, random) as usize, random);
        let machine = self.program(random);
        let one_device = random.random_bool(0.6);
        let users = between(8.0, 120.0, random) as usize;
        let mean_gap_ms = self.amount(1_000.0, 5.0 * DAY_MS as f64 / users as f64, random);
        let unknown_share = random.random_range(0.0..0.4);
        let success_share = between(0.005, 0.06, random);
        let mut time_ms = self.start_ms;
        for number in 0..users {
            let user = self.anyone(unknown_share, random);
            let origin = &origins[number % origins.len()];
            let machine = if one_device {
                machine.clone()
            } else {
                renamed(&machine, random)
            };
            let origin = &self.hop(&user, origin, random);
            let event = self.event(&user, &machine, origin, time_ms, random);
            let success = random.random_bool(success_share) && !user.id.starts_with('x');
            self.add(
                time_ms,
                if success {
                    event.clone()
                } else {
                    failed(event)
                },
            );
            if success {
                self.sessions(&user, &machine, origin, time_ms + MINUTE_MS, random);
            }
            time_ms += gap_ms(mean_gap_ms, random);
        }
    }

    /// Many passwords for one user, fast or slow; then in, from here or from elsewhere.
    pub(super) fn brute_force(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let near = self.is_near(0.2, random);
        let origins: Vec<Origin> = (0..self.amount(1.0, 8.0, random) as usize)
            .map(|_| self.attacker_origin(user, near, random))
            .collect();
        let machine = if self.chooses(0.5, 0.8, 0.2, random) {
            self.program(random)
        } else {
            self.machine(user, random)
        };
        let mean_gap_ms = self.amount(500.0, 25.0 * MINUTE_MS as f64, random);
        let mut time_ms = self.start_ms;
        for number in 0..between(5.0, 80.0, random) as usize {
            let origin = &self.hop(user, &origins[number % origins.len()], random);
            let event = failed(self.event(user, &machine, origin, time_ms, random));
            self.add(time_ms, event);
            time_ms += gap_ms(mean_gap_ms, random);
        }
        if random.random_bool(0.6) {
            let (machine, origin) = if random.random_bool(0.3) {
                (
                    self.machine(user, random),
                    self.attacker_origin(user, near, random),
                )
            } else {
                (machine, origins[0].clone())
            };
            self.sessions(user, &machine, &origin, time_ms, random);
        }
    }

    /// Asks for the second factor until the owner gives in.
    pub(super) fn mfa_fatigue(&mut self, random: &mut Random) {
        let user = self.victim(random);
        let near = self.is_near(0.25, random);
        let origin = self.attacker_origin(user, near, random);
        let machine = self.machine(user, random);
        let mean_gap_ms = self.amount(4_000.0, 15.0 * MINUTE_MS as f64, random);
        let mut time_ms = self.start_ms;
        for _ in 0..random.random_range(3..25) {
            let event = self.event(user, &machine, &origin, time_ms, random);
            let challenge = self.population.company.provider.challenge(event);
            self.add(time_ms, failed(challenge));
            time_ms += gap_ms(mean_gap_ms, random);
        }
        if random.random_bool(0.7) {
            self.sessions(user, &machine, &origin, time_ms, random);
        }
    }

    fn origins(&self, count: usize, random: &mut Random) -> Vec<Origin> {
        let rotating = random.random_bool(0.4);
        let (operator, city) = self.hoster(random);
        (0..count.max(1))
            .map(|_| {
                if rotating {
                    // One hoster's addresses in turn.
                    Origin::new(city, &operator, random.random_range(0..1 << 30))
                } else {
                    self.anywhere(random)
                }
            })
            .collect()
    }
}

/// The same machine with another device id, as a tool that keeps no cookies has each time.
fn renamed(machine: &Device, random: &mut Random) -> Device {
    let fresh = device(machine.system, machine.browser, ATTACKERS, random);
    Device {
        id: fresh.id,
        ..machine.clone()
    }
}
