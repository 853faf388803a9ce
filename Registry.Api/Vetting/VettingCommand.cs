using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Slipway.Registry.Api.Vetting;

/// <summary>How the vetting program is started: which file, with which arguments, and in a bare environment that holds no secret of the registry's.</summary>
internal sealed class VettingCommand(IOptions<VettingOptions> options)
{
    private static readonly string[] s_candidates = [Path.Combine("vetter", "Inference.Engine.dll"), "Inference.Engine.dll"];
    private static readonly string[] s_keptVariables = ["PATH", "SystemRoot", "LD_LIBRARY_PATH", "DOTNET_ROOT", "TMPDIR", "TEMP", "TMP"];

    public ProcessStartInfo Create(ModelFolder folder, string modelFile, string? example)
    {
        var engine = options.Value.EnginePath is { Length: > 0 } configured ? configured : FindEngine();
        var start = new ProcessStartInfo
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = folder.Path,
        };
        if (engine.EndsWith(".dll", StringComparison.OrdinalIgnoreCase))
        {
            start.FileName = DotnetPath();
            start.ArgumentList.Add(engine);
        }
        else
        {
            start.FileName = engine;
        }
        AddArguments(start, folder, modelFile, example);
        Strip(start);
        return start;
    }

    private void AddArguments(ProcessStartInfo start, ModelFolder folder, string modelFile, string? example)
    {
        start.ArgumentList.Add("vet");
        start.ArgumentList.Add("--model");
        start.ArgumentList.Add(folder.PathOf(modelFile));
        start.ArgumentList.Add("--timeout-seconds");
        start.ArgumentList.Add(options.Value.TimeoutSeconds.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add("--memory-mb");
        start.ArgumentList.Add((options.Value.MemoryLimitBytes >> 20).ToString(CultureInfo.InvariantCulture));
        if (example is not null)
        {
            start.ArgumentList.Add("--example");
            start.ArgumentList.Add(folder.PathOf(example));
        }
    }

    private static void Strip(ProcessStartInfo start)
    {
        foreach (
            var name in start.Environment.Keys.Where(name => !s_keptVariables.Contains(name, StringComparer.OrdinalIgnoreCase)).ToList()
        )
        {
            start.Environment.Remove(name);
        }
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
    }

    private static string FindEngine() =>
        s_candidates.Select(candidate => Path.Combine(AppContext.BaseDirectory, candidate)).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException(
            $"The vetting program Inference.Engine.dll is not beside the service in {AppContext.BaseDirectory}. Set {VettingOptions.Section}:{nameof(VettingOptions.EnginePath)}."
        );

    /// <summary>The host that runs this process, which need not be on the PATH.</summary>
    private static string DotnetPath()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Environment.ProcessPath is { } own && Path.GetFileName(own).Equals(name, StringComparison.OrdinalIgnoreCase))
        {
            return own;
        }
        // <root>/shared/Microsoft.NETCore.App/<version>/
        var runtime = System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory();
        var beside = Path.GetFullPath(Path.Combine(runtime, "..", "..", "..", name));
        return File.Exists(beside) ? beside : name;
    }
}
