namespace Slipway.Inference.Engine.Vetting;

/// <summary>Codes of problems that only vetting finds, beside <see cref="Models.ModelLoadCodes"/>; part of the report's interface.</summary>
public static class VettingCodes
{
    /// <summary>An operator that reads files or runs code of its own.</summary>
    public const string UnsafeOperator = "unsafe_operator";

    /// <summary>The input example cannot be read, or does not fit the model.</summary>
    public const string InputExample = "input_example";

    /// <summary>The model failed when it was run.</summary>
    public const string RunFailed = "run_failed";

    /// <summary>The examination took longer than allowed.</summary>
    public const string TimeLimit = "time_limit";

    /// <summary>The examination took more memory than allowed.</summary>
    public const string MemoryLimit = "memory_limit";
}
