//! The numbers of a model and a delivery by name, to vary one of them.

use super::{Delivery, Effect, LqL, Model, Usc};
use crate::error::NonPhysicalError;

impl Effect {
    /// Its numbers that may be uncertain, by name.
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        let mut numbers = match self.model {
            Model::Lq { alpha_beta_gy } => vec![("alpha_beta_gy", alpha_beta_gy)],
            Model::LqL(model) => {
                let mut numbers = vec![
                    ("alpha_beta_gy", model.alpha_beta_gy()),
                    ("threshold_gy", model.threshold_gy()),
                ];
                if !model.is_tangent() {
                    numbers.push(("gamma_per_alpha", model.gamma_per_alpha()));
                }
                numbers
            }
            Model::Usc(curve) => vec![
                ("alpha_per_gy", curve.alpha_per_gy()),
                ("d0_gy", curve.d0_gy()),
                ("dq_gy", curve.dq_gy()),
            ],
        };
        match self.delivery {
            Delivery::Fractions(_) => {}
            Delivery::SeveralADay { day, .. } => numbers.extend([
                ("interval_h", day.interval_h),
                ("repair_half_life_h", day.repair_half_life_h),
            ]),
            Delivery::Decay {
                repair_half_life_h,
                effective_half_life_h,
                ..
            } => numbers.extend([
                ("repair_half_life_h", repair_half_life_h),
                ("effective_half_life_h", effective_half_life_h),
            ]),
        }
        numbers
    }

    /// The same with other values of some numbers, by name; a name that it does not have is passed over. The line of an
    /// LQ-L that is the tangent stays the tangent.
    ///
    /// # Errors
    /// Values that are not physical together.
    pub fn with(&self, numbers: &[(&str, f64)]) -> Result<Self, NonPhysicalError> {
        let given = |name: &str| numbers.iter().find(|number| number.0 == name);
        let or = |name: &str, own: f64| given(name).map_or(own, |number| number.1);
        let model = match self.model {
            Model::Lq { alpha_beta_gy } => Model::Lq {
                alpha_beta_gy: or("alpha_beta_gy", alpha_beta_gy),
            },
            Model::LqL(model) => {
                let alpha_beta = or("alpha_beta_gy", model.alpha_beta_gy());
                let threshold = or("threshold_gy", model.threshold_gy());
                Model::LqL(if model.is_tangent() {
                    LqL::tangent(alpha_beta, threshold)?
                } else {
                    let slope = or("gamma_per_alpha", model.gamma_per_alpha());
                    LqL::new(alpha_beta, threshold, slope)?
                })
            }
            Model::Usc(curve) => Model::Usc(Usc::new(
                or("alpha_per_gy", curve.alpha_per_gy()),
                or("d0_gy", curve.d0_gy()),
                or("dq_gy", curve.dq_gy()),
            )?),
        };
        let delivery = match self.delivery {
            Delivery::Fractions(n) => Delivery::Fractions(n),
            Delivery::SeveralADay { fractions, mut day } => {
                day.interval_h = or("interval_h", day.interval_h);
                day.repair_half_life_h = or("repair_half_life_h", day.repair_half_life_h);
                Delivery::SeveralADay { fractions, day }
            }
            Delivery::Decay {
                repair_half_life_h,
                effective_half_life_h,
                cycles,
            } => Delivery::Decay {
                repair_half_life_h: or("repair_half_life_h", repair_half_life_h),
                effective_half_life_h: or("effective_half_life_h", effective_half_life_h),
                cycles,
            },
        };
        Ok(Self { model, delivery })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isoeffect::FractionsADay;

    #[test]
    fn every_number_can_be_set_by_its_name_and_changes_the_effect() {
        let day = FractionsADay {
            per_day: 2,
            interval_h: 6.0,
            repair_half_life_h: 4.0,
        };
        let decay = Delivery::Decay {
            repair_half_life_h: 2.5,
            effective_half_life_h: 64.2,
            cycles: 2,
        };
        let lq = Model::Lq { alpha_beta_gy: 2.5 };
        let acute = Delivery::Fractions(3);
        for (model, delivery) in [
            (lq, acute),
            (lq, Delivery::SeveralADay { fractions: 20, day }),
            (lq, decay),
            (Model::LqL(LqL::tangent(10.0, 6.2).unwrap()), acute),
            (Model::LqL(LqL::new(10.0, 6.2, 3.0).unwrap()), acute),
            (Model::Usc(Usc::new(0.33, 1.25, 1.8).unwrap()), acute),
        ] {
            let effect = Effect { model, delivery };
            let before = effect.bed().unwrap().value(60.0);
            assert_eq!(effect.with(&[("nothing", 1.0)]), Ok(effect));
            for (name, value) in effect.parameters() {
                let other = effect.with(&[(name, 1.03 * value)]).unwrap();
                assert!(other.parameters().contains(&(name, 1.03 * value)), "{name}");
                let after = other.bed().unwrap().value(60.0);
                assert!((after - before).abs() > 1e-6, "{name}");
                let bad = effect.with(&[(name, -1.0)]);
                assert!(bad.is_err() || bad.unwrap().bed().is_err(), "{name}");
            }
        }
    }

    #[test]
    fn a_tangent_stays_one() {
        let model = Model::LqL(LqL::tangent(10.0, 6.0).unwrap());
        let effect = Effect {
            model,
            delivery: Delivery::Fractions(3),
        };
        let other = effect.with(&[("alpha_beta_gy", 4.0)]).unwrap();
        assert_eq!(other.model, Model::LqL(LqL::tangent(4.0, 6.0).unwrap()));
    }
}
