namespace Slipway.Training.Worker.Tests.Trainers;

/// <summary>Compares floats with a tolerance relative to their size, absolute below 1; NaN equals NaN.</summary>
internal sealed class Close(float tolerance) : IEqualityComparer<float>
{
    public bool Equals(float x, float y) =>
        (float.IsNaN(x) && float.IsNaN(y)) || Math.Abs(x - y) <= tolerance * Math.Max(1, Math.Max(Math.Abs(x), Math.Abs(y)));

    public int GetHashCode(float obj) => 0;
}
