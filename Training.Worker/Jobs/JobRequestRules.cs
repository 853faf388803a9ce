using System.Text.Json;
using Slipway.Contracts.Identifiers;
using Slipway.Contracts.Training;
using Slipway.Training.Worker.Data;
using Slipway.Training.Worker.Datasets;
using Slipway.Training.Worker.Runner;
using Slipway.Training.Worker.Trainers;
using Environments = Slipway.Contracts.Registry.Environments;

namespace Slipway.Training.Worker.Jobs;

/// <summary>Checks a job's request before it is queued; what only the data can tell is found by the training program.</summary>
internal sealed class JobRequestRules
{
    public const int MaxDatasets = 64;
    public const int MaxParameters = 100;
    private const int MaxDatasetLength = 2_000;
    private const int MaxTextLength = 500;
    private const int MaxParameterLength = 10_000;
    private const int MaxReasonLength = 2_000;
    private static readonly string[] s_tasks = ["regression", "classification", "auto"];
    private readonly List<FieldError> _errors = [];

    /// <summary>The request, or everything that is wrong with it.</summary>
    public static (TrainingJobRequest? Request, IReadOnlyList<FieldError> Errors) Check(JobBody body)
    {
        var rules = new JobRequestRules();
        var request = new TrainingJobRequest
        {
            Datasets = [.. (body.Datasets ?? []).Select(dataset => dataset ?? "")],
            Target = body.Target ?? "",
            Trainer = body.Trainer ?? "",
            Task = body.Task,
            Parameters = rules.Texts(body.Parameters),
            ModelName = body.ModelName ?? "",
            Experiment = string.IsNullOrWhiteSpace(body.Experiment) ? null : body.Experiment,
            PromoteTo = body.PromoteTo,
            Reason = body.Reason,
        };
        rules.CheckAll(request);
        return rules._errors.Count > 0 ? (null, rules._errors) : (request, []);
    }

    /// <summary>What is wrong with a request that did not come as a body.</summary>
    public static IReadOnlyList<FieldError> Check(TrainingJobRequest request)
    {
        var rules = new JobRequestRules();
        rules.CheckAll(request);
        return rules._errors;
    }

    private void CheckAll(TrainingJobRequest request)
    {
        CheckDatasets(request.Datasets);
        Require("target", request.Target, "missing_target", "the column to predict");
        var trainers = string.Join(", ", TrainerCatalog.Names);
        if (Require("trainer", request.Trainer, "missing_trainer", $"one of {trainers}"))
        {
            CheckChoice("trainer", request.Trainer, TrainerCatalog.Names, "unknown_trainer");
        }
        CheckChoice("task", request.Task, s_tasks, "unknown_task");
        if (
            Require("modelName", request.ModelName, "missing_model_name", "the name to register the model under")
            && !ModelName.TryParse(request.ModelName, out _, out var nameError)
        )
        {
            Add("modelName", "bad_model_name", nameError);
        }
        CheckText("experiment", request.Experiment, MaxTextLength);
        CheckChoice("promoteTo", request.PromoteTo, Environments.All, "unknown_environment");
        CheckText("reason", request.Reason, MaxReasonLength);
        CheckParameters(request);
    }

    private void CheckDatasets(IReadOnlyList<string> datasets)
    {
        if (datasets.Count == 0)
        {
            Add("datasets", "missing_datasets", "The field 'datasets' must list at least one dataset.");
        }
        if (datasets.Count > MaxDatasets)
        {
            Add("datasets", "too_many_datasets", $"The field 'datasets' lists {datasets.Count}; at most {MaxDatasets} are read.");
            return;
        }
        for (var i = 0; i < datasets.Count; i++)
        {
            if (CheckText($"datasets[{i}]", datasets[i], MaxDatasetLength) && !DatasetUri.TryParse(datasets[i], out _, out var error))
            {
                Add($"datasets[{i}]", "bad_dataset", error);
            }
        }
    }

    private void CheckParameters(TrainingJobRequest request)
    {
        if (request.Parameters.Count > MaxParameters)
        {
            Add("parameters", "too_many_parameters", $"There are {request.Parameters.Count} parameters; at most {MaxParameters} are read.");
            return;
        }
        var readable = true;
        foreach (var (name, value) in request.Parameters)
        {
            readable &= CheckText("parameters", name, MaxTextLength) && CheckText($"parameters.{name}", value, MaxParameterLength);
        }
        if (!readable || !TrainerCatalog.Names.Contains(request.Trainer) || _errors.Any(error => error.Field == "task"))
        {
            return;
        }
        // The reader of the training program itself: what it would refuse later is refused now.
        if (RunParameters.Read(Spec(request)) is { IsOk: false, Error: BadInput bad })
        {
            Add(bad.Parameter is { } name ? $"parameters.{name}" : "parameters", bad.Code, bad.Message);
        }
    }

    private static TrainingSpec Spec(TrainingJobRequest request) =>
        new()
        {
            Datasets = [],
            Target = request.Target,
            Trainer = request.Trainer,
            Task = request.Task,
            Parameters = request.Parameters,
            OutputFolder = "",
            ModelName = request.ModelName,
            RunId = "",
        };

    private Dictionary<string, string> Texts(IReadOnlyDictionary<string, JsonElement>? parameters)
    {
        var texts = new Dictionary<string, string>();
        foreach (var (name, value) in parameters ?? new Dictionary<string, JsonElement>())
        {
            switch (value.ValueKind)
            {
                case JsonValueKind.String when TryText(value, out var text):
                    texts[name] = text;
                    break;
                case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                    texts[name] = value.GetRawText();
                    break;
                default:
                    Add($"parameters.{name}", "bad_parameter", $"The parameter '{name}' must be a text, a number, true or false.");
                    break;
            }
        }
        return texts;
    }

    private static bool TryText(JsonElement value, out string text)
    {
        try
        {
            text = value.GetString()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            // What an element throws for half of a surrogate pair, or bytes that are not UTF-8.
            text = "";
            return false;
        }
    }

    private bool Require(string field, string value, string code, string meaning)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            Add(field, code, $"The field '{field}' is missing: {meaning}.");
            return false;
        }
        return CheckText(field, value, MaxTextLength);
    }

    private void CheckChoice(string field, string? value, IReadOnlyList<string> choices, string code)
    {
        if (value is not null && !choices.Contains(value))
        {
            var shown = value.Length <= 60 ? value : string.Concat(value.AsSpan(0, 60), "…");
            Add(field, code, $"The field '{field}' is '{shown}'; it must be one of {string.Join(", ", choices)}.");
        }
    }

    /// <summary>Length, and no control characters: PostgreSQL cannot store all of them, and none belongs into a name.</summary>
    private bool CheckText(string field, string? value, int maxLength)
    {
        if (value?.Length > maxLength)
        {
            Add(field, "text_too_long", $"The field '{field}' has {value.Length} characters; at most {maxLength} are read.");
            return false;
        }
        if (value?.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) == true)
        {
            Add(field, "control_character", $"The field '{field}' has a control character.");
            return false;
        }
        return true;
    }

    private void Add(string field, string code, string detail) => _errors.Add(new FieldError(field, code, detail));
}
