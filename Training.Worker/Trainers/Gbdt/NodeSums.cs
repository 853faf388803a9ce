namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>What a node's rows add up to; all that its value and its gain depend on.</summary>
internal readonly record struct NodeSums(double Gradient, double Hessian, double Count)
{
    public static NodeSums operator +(NodeSums a, NodeSums b) => new(a.Gradient + b.Gradient, a.Hessian + b.Hessian, a.Count + b.Count);

    public static NodeSums operator -(NodeSums a, NodeSums b) => new(a.Gradient - b.Gradient, a.Hessian - b.Hessian, a.Count - b.Count);

    /// <summary>Twice the loss that the best single value takes off.</summary>
    public double Score(double lambda) => Gradient * Gradient / (Hessian + lambda);
}
