using Slipway.Contracts.Vetting;
using Slipway.Registry.Api.Artifacts.Storage;
using Slipway.Registry.Api.Formats;

namespace Slipway.Registry.Api.Vetting;

/// <summary>
/// Examines a version: first what can be told from its files without opening a model (nothing there, code-carrying formats, another flavour), then the ONNX
/// model itself, in the vetting process.
/// </summary>
internal sealed class ModelExaminer(BlobReader blobs, VettingProcess process, VettingFolder root, ILogger<ModelExaminer> logger)
{
    private const string DefaultModelFile = "model.onnx";
    private const string DefaultExampleFile = "input_example.json";
    private const int MaxListedFiles = 1000;
    private const int MaxUnsafeProblems = 20;

    /// <summary>The report, and the ONNX file that was examined.</summary>
    public async Task<(VettingReport Report, string? ModelFile)> ExamineAsync(VettingJob job, CancellationToken ct)
    {
        if (job.Files.Count == 0)
        {
            return (VettingProblems.Report(VettingProblems.NoFiles, "The version's source held no files when it was registered."), null);
        }
        using var folder = await ModelFolder.CreateAsync(root.Path, job.Files, blobs, logger, ct);
        var files = await InspectAsync(job, folder, ct);
        var warnings = new List<string>();
        var (description, invalid) = Describe(job, folder, warnings);
        var (report, modelFile) = await ExamineAsync(job, folder, files, description, invalid, ct);
        if (description?.Signature is { } declared)
        {
            warnings.AddRange(SignatureComparison.Differences(declared, report.Inputs, report.Outputs));
        }
        var complete = report with
        {
            Description = description,
            ModelFile = modelFile,
            Files = [.. files.OrderBy(file => file.Unsafe is null).ThenBy(file => file.Path, StringComparer.Ordinal).Take(MaxListedFiles)],
            Warnings = [.. report.Warnings, .. warnings],
            SizeBytes = report.SizeBytes > 0 ? report.SizeBytes : files.Sum(file => file.SizeBytes),
        };
        return (complete, modelFile);
    }

    private async Task<(VettingReport Report, string? ModelFile)> ExamineAsync(
        VettingJob job,
        ModelFolder folder,
        IReadOnlyList<VettedFile> files,
        ModelDescription? description,
        VettingReport? invalid,
        CancellationToken ct
    )
    {
        if (files.Where(file => file.Unsafe is not null).Take(MaxUnsafeProblems).ToList() is { Count: > 0 } unsafeFiles)
        {
            return (Unsafe(unsafeFiles), null);
        }
        if (invalid is not null)
        {
            return (invalid, null);
        }
        if (description is { Flavors.Count: > 0 } && !description.Flavors.Contains(Flavors.Onnx))
        {
            return (OtherFlavor(description), null);
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
        return (await process.RunAsync(job, folder, modelFile, FindExample(job, description), ct), modelFile);
    }

    private static async Task<IReadOnlyList<VettedFile>> InspectAsync(VettingJob job, ModelFolder folder, CancellationToken ct)
    {
        var files = new List<VettedFile>(job.Files.Count);
        foreach (var file in job.Files)
        {
            var what = await UnsafeFileProbe.FindAsync(file.Path, folder.PathOf(file.Path), ct);
            files.Add(new VettedFile(file.Path, file.SizeBytes, file.Sha256, what));
        }
        return files;
    }

    private static (ModelDescription? Description, VettingReport? Invalid) Describe(
        VettingJob job,
        ModelFolder folder,
        List<string> warnings
    )
    {
        if (!Has(job, MlModelFile.FileName))
        {
            return (null, null);
        }
        if (!MlModelFile.TryRead(folder.PathOf(MlModelFile.FileName), out var description, out var found, out var error))
        {
            return (null, VettingProblems.Report(VettingProblems.InvalidMlModel, error));
        }
        warnings.AddRange(found);
        if (description.Signature is null && found.Count == 0 && description.Flavors.Contains(Flavors.Onnx))
        {
            warnings.Add("The MLmodel file declares no signature: clients cannot check what they send.");
        }
        return (
            Has(job, RequirementsFile.FileName)
                ? description with
                {
                    Requirements = RequirementsFile.Read(folder.PathOf(RequirementsFile.FileName)),
                }
                : description,
            null
        );
    }

    private static VettingReport Unsafe(IReadOnlyList<VettedFile> files) =>
        new()
        {
            Status = VettingStatus.Failed,
            Problems =
            [
                .. files.Select(file => new VettingProblem(
                    VettingProblems.UnsafeFormat,
                    $"The file {file.Path} is {file.Unsafe}: it would run code when loaded, or may, so this version is stored but never served."
                )),
            ],
        };

    private static VettingReport OtherFlavor(ModelDescription description)
    {
        var names = string.Join(", ", Flavors.Names(description.Flavors).Take(10));
        return Flavors.RunsCode(description.Flavors, description.LoaderModule)
            ? VettingProblems.Report(
                VettingProblems.UnsafeFormat,
                $"The model's flavour ({names}) is loaded by running code that lies in it: it is stored but never served. Export it as onnx to serve it."
            )
            : VettingProblems.Report(
                VettingProblems.UnsupportedFlavor,
                $"The model's flavour ({names}) is stored but not served: only the onnx flavour is. Export it as onnx to serve it."
            );
    }

    private static string? FindModelFile(VettingJob job, ModelDescription? description)
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

    private static string? FindExample(VettingJob job, ModelDescription? description) =>
        description?.ExampleFile is { } named && Has(job, named) ? named
        : Has(job, DefaultExampleFile) ? DefaultExampleFile
        : null;

    private static bool Has(VettingJob job, string path) => job.Files.Any(f => f.Path == path);
}

/// <summary>Where models lie while they are examined.</summary>
internal sealed record VettingFolder(string Path);
