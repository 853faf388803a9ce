using System.Collections;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Slipway.Contracts.Mlflow;

/// <summary>
/// Generated JSON of MLflow's wire: snake_case, 64-bit integers as numbers (read from strings too), NaN and infinities as strings, absent values and
/// empty lists left out. Use <see cref="For{T}"/>: the empty lists need its options.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Metadata,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.AllowNamedFloatingPointLiterals
)]
[JsonSerializable(typeof(MlflowError))]
[JsonSerializable(typeof(MlflowEmpty))]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(ExperimentCreated))]
[JsonSerializable(typeof(ExperimentAnswer))]
[JsonSerializable(typeof(ExperimentPage))]
[JsonSerializable(typeof(RunAnswer))]
[JsonSerializable(typeof(RunInfoAnswer))]
[JsonSerializable(typeof(RunPage))]
[JsonSerializable(typeof(MetricPage))]
[JsonSerializable(typeof(DatasetSummaryPage))]
[JsonSerializable(typeof(LoggedModelAnswer))]
[JsonSerializable(typeof(LoggedModelPage))]
[JsonSerializable(typeof(ServerInfo))]
[JsonSerializable(typeof(ArtifactPage))]
[JsonSerializable(typeof(PresignedDownload))]
[JsonSerializable(typeof(PresignedUpload))]
[JsonSerializable(typeof(MultipartUpload))]
[JsonSerializable(typeof(RegisteredModelAnswer))]
[JsonSerializable(typeof(RegisteredModelPage))]
[JsonSerializable(typeof(ModelVersionAnswer))]
[JsonSerializable(typeof(ModelVersionPage))]
[JsonSerializable(typeof(DownloadUriAnswer))]
[JsonSerializable(typeof(WebhookAnswer))]
[JsonSerializable(typeof(WebhookPage))]
[JsonSerializable(typeof(WebhookTestAnswer))]
[JsonSerializable(typeof(CreateExperimentRequest))]
[JsonSerializable(typeof(CreateRunRequest))]
[JsonSerializable(typeof(UpdateRunRequest))]
[JsonSerializable(typeof(LogBatchRequest))]
[JsonSerializable(typeof(SetRunTagRequest))]
[JsonSerializable(typeof(LogModelRequest))]
[JsonSerializable(typeof(SearchRunsRequest))]
[JsonSerializable(typeof(CreateRegisteredModelRequest))]
[JsonSerializable(typeof(CreateModelVersionRequest))]
[JsonSerializable(typeof(SetAliasRequest))]
public sealed partial class MlflowJson : JsonSerializerContext
{
    /// <summary>The JSON of a wire type.</summary>
    public static JsonTypeInfo<T> For<T>() => (JsonTypeInfo<T>)Wire.Options.GetTypeInfo(typeof(T));

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions(Default.Options)
        {
            TypeInfoResolver = Default.WithAddedModifier(LeaveOutEmptyLists),
            // MLflow's clients and their tests look for quotes and apostrophes in the raw text of an answer. It is JSON, never part of a page.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly();
        return options;
    }

    private static void LeaveOutEmptyLists(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.PropertyType != typeof(string) && typeof(IEnumerable).IsAssignableFrom(property.PropertyType))
            {
                property.ShouldSerialize = static (_, value) => value is IReadOnlyCollection<object> { Count: > 0 };
            }
        }
    }

    /// <summary>A class of its own, because the generated half of this one must have run its initialisers first.</summary>
    private static class Wire
    {
        internal static readonly JsonSerializerOptions Options = CreateOptions();
    }
}
