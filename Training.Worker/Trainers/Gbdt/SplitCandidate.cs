namespace Slipway.Training.Worker.Trainers.Gbdt;

/// <summary>A way to divide a node: rows in bins up to <see cref="Bin"/> go left, missing values where <see cref="MissingLeft"/> says.</summary>
internal readonly record struct SplitCandidate(int Feature, int Bin, bool MissingLeft, double Gain, NodeSums Left)
{
    public static SplitCandidate None { get; } = new(-1, 0, false, 0, default);

    public bool Exists => Feature >= 0;
}
