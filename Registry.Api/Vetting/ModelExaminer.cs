using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Artifacts.Storage;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Examines a version: first what can be told from its files without opening a model (nothing there, code-carrying formats, another flavour), then the ONNX
/// model itself, in the vetting process.
/// </summary>
internal sealed class ModelExaminer(BlobReader blobs, VettingProcess process, VettingFolder root, ILogger<ModelExaminer> logger)
{
    private const string DefaultModelFile = "model.onnx";
    private const string ExampleFile = "input_example.json";

    /// <summary>The report, and the ONNX file that was examined.</summary>
    public async Task<(VettingReport Report, string? ModelFile)> ExamineAsync(VettingJob job, CancellationToken ct)
    {
        if (job.Files.Count == 0)
        {
            return (VettingProblems.Report(VettingProblems.NoFiles, "The version's source held no files when it was registered."), null);
        }
        using var folder = await ModelFolder.CreateAsync(root.Path, job.Files, blobs, logger, ct);
        if (await FindUnsafeAsync(job, folder, ct) is { } unsafeFormat)
        {
            return (unsafeFormat, null);
        }
        MlModelFile? description = null;
        if (Has(job, MlModelFile.FileName) && !MlModelFile.TryRead(folder.PathOf(MlModelFile.FileName), out description, out var error))
        {
            return (VettingProblems.Report(VettingProblems.InvalidMlModel, error), null);
        }
        if (description is { Flavors.Count: > 0 } && !description.Flavors.Contains("onnx"))
        {
            var names = string.Join(", ", description.Flavors.Take(10));
            return (
                VettingProblems.Report(
                    VettingProblems.UnsafeFormat,
                    $"The model's flavours ({names}) are loaded by running Python code; only the onnx flavour can be served."
                ),
                null
            );
        }
        if (FindModelFile(job, description) is not { } modelFile)
        {
            return (
                VettingProblems.Report(
                    VettingProblems.ModelMissing,
                    $"The version has no file {DefaultModelFile}, nor a single other .onnx file, nor one that its MLmodel file names."
                ),
                null
            );
        }
        var example = Has(job, ExampleFile) ? ExampleFile : null;
        return (await process.RunAsync(job, folder, modelFile, example, ct), modelFile);
    }

    private static async Task<VettingReport?> FindUnsafeAsync(VettingJob job, ModelFolder folder, CancellationToken ct)
    {
        foreach (var file in job.Files)
        {
            if (await UnsafeFileProbe.FindAsync(file.Path, folder.PathOf(file.Path), ct) is { } what)
            {
                return VettingProblems.Report(
                    VettingProblems.UnsafeFormat,
                    $"The file {file.Path} is {what}: it would run code when loaded, so this version is stored but never served."
                );
            }
        }
        return null;
    }

    private static string? FindModelFile(VettingJob job, MlModelFile? description)
    {
        if (description?.OnnxFile is { } named && Has(job, named))
        {
            return named;
        }
        if (Has(job, DefaultModelFile))
        {
            return DefaultModelFile;
        }
        var others = job
            .Files.Where(f =>
                f.Path.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) && !f.Path.Contains('/', StringComparison.Ordinal)
            )
            .ToList();
        return others.Count == 1 ? others[0].Path : null;
    }

    private static bool Has(VettingJob job, string path) => job.Files.Any(f => f.Path == path);
}

/// <summary>Where models lie while they are examined.</summary>
internal sealed record VettingFolder(string Path);
