namespace Slipway.Training.Worker.Trainers.Linear;

/// <summary>
/// Limited-memory BFGS with backtracking, for smooth convex objectives (Nocedal and Wright, Numerical Optimization, algorithms 7.4 and 3.1).
/// </summary>
internal sealed class Lbfgs(Func<double[], double[], double> evaluate, int size)
{
    private const int Memory = 10;
    private readonly List<(double[] Step, double[] Change, double Rho)> _pairs = [];

    /// <summary>Minimises from zero; <paramref name="onIteration"/> sees the weights after each step and says whether to go on.</summary>
    public double[] Minimise(int maxIterations, double tolerance, Func<int, double[], bool> onIteration)
    {
        var weights = new double[size];
        var gradient = new double[size];
        var nextGradient = new double[size];
        var value = evaluate(weights, gradient);
        for (var iteration = 1; iteration <= maxIterations && Largest(gradient) > tolerance; iteration++)
        {
            var direction = Direction(gradient);
            var slope = VectorMath.Dot(direction, gradient);
            var length = _pairs.Count == 0 ? 1 / Math.Max(1, Math.Sqrt(VectorMath.Dot(gradient, gradient))) : 1.0;
            double[] next;
            double nextValue;
            while (true)
            {
                next = [.. weights];
                VectorMath.AddScaled(direction, length, next);
                nextValue = evaluate(next, nextGradient);
                if (nextValue <= value + (1e-4 * length * slope))
                {
                    break;
                }
                length /= 2;
                if (length < 1e-12)
                {
                    return weights;
                }
            }
            Remember(weights, next, gradient, nextGradient);
            var gained = value - nextValue;
            (weights, value) = (next, nextValue);
            (gradient, nextGradient) = (nextGradient, gradient);
            if (!onIteration(iteration, weights) || gained <= 1e-12 * Math.Abs(value))
            {
                break;
            }
        }
        return weights;
    }

    private double[] Direction(double[] gradient)
    {
        double[] direction = [.. gradient];
        Span<double> alphas = stackalloc double[Memory];
        for (var i = _pairs.Count - 1; i >= 0; i--)
        {
            alphas[i] = _pairs[i].Rho * VectorMath.Dot(_pairs[i].Step, direction);
            VectorMath.AddScaled(_pairs[i].Change, -alphas[i], direction);
        }
        if (_pairs.Count > 0)
        {
            var (_, change, rho) = _pairs[^1];
            var scale = 1 / (rho * VectorMath.Dot(change, change));
            for (var i = 0; i < direction.Length; i++)
            {
                direction[i] *= scale;
            }
        }
        for (var i = 0; i < _pairs.Count; i++)
        {
            var beta = _pairs[i].Rho * VectorMath.Dot(_pairs[i].Change, direction);
            VectorMath.AddScaled(_pairs[i].Step, alphas[i] - beta, direction);
        }
        for (var i = 0; i < direction.Length; i++)
        {
            direction[i] = -direction[i];
        }
        return direction;
    }

    private void Remember(double[] weights, double[] next, double[] gradient, double[] nextGradient)
    {
        double[] step = [.. next];
        VectorMath.AddScaled(weights, -1, step);
        double[] change = [.. nextGradient];
        VectorMath.AddScaled(gradient, -1, change);
        var curvature = VectorMath.Dot(step, change);
        // Without positive curvature the pair would spoil the approximation of the inverse Hessian.
        if (curvature <= 1e-14)
        {
            return;
        }
        if (_pairs.Count == Memory)
        {
            _pairs.RemoveAt(0);
        }
        _pairs.Add((step, change, 1 / curvature));
    }

    private static double Largest(double[] vector)
    {
        double largest = 0;
        foreach (var value in vector)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }
        return largest;
    }
}
