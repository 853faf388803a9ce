using Slipway.Contracts.Vetting;

namespace Slipway.Registry.Api.Vetting;

/// <summary>What the registry itself finds wrong with a version, beside the codes of the engine's report.</summary>
internal static class VettingProblems
{
    public const string NoFiles = "no_files";
    public const string ModelMissing = "model_missing";
    public const string UnsafeFormat = "unsafe_format";
    public const string UnsupportedFlavor = "unsupported_flavor";
    public const string InvalidMlModel = "invalid_mlmodel";
    public const string TimeLimit = "time_limit";
    public const string MemoryLimit = "memory_limit";
    public const string Crashed = "vetting_crashed";

    public static VettingReport Report(string code, string message) =>
        new() { Status = VettingStatus.Failed, Problems = [new VettingProblem(code, message)] };
}
