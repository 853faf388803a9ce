namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>First and second derivative of the loss by a row's score. Eight bytes, read as one in the histogram loop.</summary>
internal readonly record struct GradientPair(float Gradient, float Hessian);
