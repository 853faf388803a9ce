using System.Globalization;

namespace Slipway.Inference.Engine.Vetting;

/// <summary>What to vet, and within which limits.</summary>
public sealed record VettingOptions
{
    /// <summary>The command line, for people.</summary>
    public const string Usage =
        "usage: dotnet Inference.Engine.dll vet --model <file-or-folder> [--example <input_example.json>] [--timeout-seconds <1..3600>] [--memory-mb <64..1048576>]";

    /// <summary>A model file, or a folder with <c>model.onnx</c> or a single other <c>.onnx</c> file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>An input example as MLflow or the inference protocols write it; without one the model is run on zeros.</summary>
    public string? ExamplePath { get; init; }

    /// <summary>Limit of the whole examination.</summary>
    public TimeSpan TimeLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Limit of resident memory, in bytes; 0 for none.</summary>
    public long MemoryLimitBytes { get; init; }

    /// <summary>Reads the arguments after <c>vet</c>; null when they are wrong.</summary>
    public static VettingOptions? Parse(ReadOnlySpan<string> arguments)
    {
        VettingOptions options = new() { ModelPath = "" };
        for (var i = 0; i < arguments.Length; i += 2)
        {
            if (i + 1 == arguments.Length)
            {
                return null;
            }

            var value = arguments[i + 1];
            switch (arguments[i])
            {
                case "--model":
                    options = options with { ModelPath = value };
                    break;
                case "--example":
                    options = options with { ExamplePath = value };
                    break;
                case "--timeout-seconds" when TryParse(value, 1, 3600, out var seconds):
                    options = options with { TimeLimit = TimeSpan.FromSeconds(seconds) };
                    break;
                case "--memory-mb" when TryParse(value, 64, 1 << 20, out var megabytes):
                    options = options with { MemoryLimitBytes = (long)megabytes << 20 };
                    break;
                default:
                    return null;
            }
        }

        return options.ModelPath.Length == 0 ? null : options;
    }

    private static bool TryParse(string text, int least, int most, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number >= least && number <= most;
}
