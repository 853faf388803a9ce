namespace Slipway.Training.Worker.Runner;

/// <summary>How a training process ends, as its exit code says.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>A bug, broken I/O, or a stop asked for from outside.</summary>
    public const int Failed = 1;

    /// <summary>Data or parameters are wrong, and trying again would not help.</summary>
    public const int BadInput = 2;
}
