//! What the dose is at a place: value, gradient and twist, and what a model makes of them over a shape.

use crate::isoeffect::Transform;

/// Dose with its gradient per mm along the lattice axes, and its twist: the mixed second derivatives
/// uv, uw, vw per mm^2 that a trilinear dose has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub(super) value: f64,
    pub(super) gradient: [f64; 3],
    pub(super) twist: [f64; 3],
}

impl Sample {
    /// The sample of a derived dose, its value the mean over a shape in which the physical dose has `variance`.
    #[inline]
    pub(super) fn transformed(self, transform: &Transform, variance: f64) -> Self {
        let (slope, curvature) = (transform.slope(self.value), transform.curvature(self.value));
        let [gu, gv, gw] = self.gradient;
        let [uv, uw, vw] = self.twist;
        let twist = |own: f64, product: f64| slope * own + curvature * product;
        Self {
            value: transform.value(self.value) + 0.5 * curvature * variance,
            gradient: self.gradient.map(|component| slope * component),
            twist: [twist(uv, gu * gv), twist(uw, gu * gw), twist(vw, gv * gw)],
        }
    }

    #[inline]
    pub(super) fn add(&mut self, other: Self) {
        self.value += other.value;
        for axis in 0..3 {
            self.gradient[axis] += other.gradient[axis];
            self.twist[axis] += other.twist[axis];
        }
    }
}

/// The shape of what is sampled: variances along u and v, their covariance, and the variance along w, mm^2.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread(pub(super) [f64; 4]);

impl Spread {
    /// A box.
    #[inline]
    pub(super) fn of_box([u, v, w]: [f64; 3]) -> Self {
        Self([u * u / 12.0, v * v / 12.0, 0.0, w * w / 12.0])
    }

    /// Variance of the dose over the shape: of its linear part, and of its twist as in a box.
    #[inline]
    pub(super) fn variance(&self, sample: &Sample) -> f64 {
        let [uu, vv, uv, ww] = self.0;
        let [gu, gv, gw] = sample.gradient;
        let linear = gu * gu * uu + gv * gv * vv + 2.0 * gu * gv * uv + gw * gw * ww;
        linear.max(0.0) + self.twist_variance(sample)
    }

    /// Covariance of two linear functions over the shape.
    #[inline]
    pub(super) fn covariance(&self, a: &Sample, b: &Sample) -> f64 {
        let [uu, vv, uv, ww] = self.0;
        let ([au, av, aw], [bu, bv, bw]) = (a.gradient, b.gradient);
        au * bu * uu + av * bv * vv + (au * bv + av * bu) * uv + aw * bw * ww
    }

    /// The shape seen along a direction: nearly the sum of two even spreads, the wider first.
    pub(super) fn projected(&self, [u, v, w]: &[f64; 3]) -> [f64; 2] {
        let [uu, vv, uv, ww] = self.0;
        let plane = 12.0 * (u * u * uu + v * v * vv + 2.0 * u * v * uv);
        let (plane, normal) = (plane.max(0.0).sqrt(), (12.0 * w * w * ww).sqrt());
        [plane.max(normal), plane.min(normal)]
    }

    /// Variance of the twist alone.
    #[inline]
    pub(super) fn twist_variance(&self, sample: &Sample) -> f64 {
        let [uu, vv, _, ww] = self.0;
        let [uv, uw, vw] = sample.twist;
        uv * uv * uu * vv + uw * uw * uu * ww + vw * vw * vv * ww
    }
}

/// How the dose varies over a box: the ranges along its sides, sorted, and twelve times the variance of the twist.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BoxSpread {
    pub(super) wide: f64,
    pub(super) narrow: f64,
    pub(super) least: f64,
    pub(super) twist: f64,
}

impl BoxSpread {
    /// Half of the range of the dose, without the twist.
    #[inline]
    pub(super) fn half_range(&self) -> f64 {
        0.5 * (self.wide + self.narrow + self.least)
    }

    #[inline]
    pub(super) fn new(sample: &Sample, size: [f64; 3]) -> Self {
        let [a, b, c]: [f64; 3] =
            std::array::from_fn(|axis| (sample.gradient[axis] * size[axis]).abs());
        let (top, bottom) = (a.max(b), a.min(b));
        Self {
            wide: top.max(c),
            narrow: bottom.max(top.min(c)),
            least: bottom.min(c),
            twist: 12.0 * Spread::of_box(size).twist_variance(sample),
        }
    }
}
