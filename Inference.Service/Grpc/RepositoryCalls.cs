using System.Text;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Repository;

namespace Slipway.Inference.Service.Grpc;

/// <summary>The calls on the model repository, in Triton's form and in KServe's.</summary>
internal sealed class RepositoryCalls(IRepositoryControl control)
{
    public RepositoryIndexResponse Index(RepositoryIndexRequest request) =>
        new()
        {
            Models =
            {
                control
                    .Index(request.Ready)
                    .Select(entry => new RepositoryIndexResponse.Types.ModelIndex
                    {
                        Name = entry.Name,
                        Version = entry.Version,
                        State = entry.State,
                        Reason = entry.Reason,
                    }),
            },
        };

    public async Task<RepositoryModelLoadResponse> LoadAsync(RepositoryModelLoadRequest request, CancellationToken ct)
    {
        var name = ModelOf(request.RepositoryName, request.ModelName);
        string? configuration = null;
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var (key, value) in request.Parameters)
        {
            if (key == "config")
            {
                configuration =
                    value.ParameterChoiceCase == ModelRepositoryParameter.ParameterChoiceOneofCase.StringParam
                        ? value.StringParam
                        : throw RequestRefusedException.BadRequest("parameter 'config' must be a string that holds JSON");
            }
            else if (key.StartsWith("file:", StringComparison.Ordinal))
            {
                files[key["file:".Length..]] = value.ParameterChoiceCase switch
                {
                    ModelRepositoryParameter.ParameterChoiceOneofCase.BytesParam => value.BytesParam.ToByteArray(),
                    ModelRepositoryParameter.ParameterChoiceOneofCase.StringParam => Encoding.UTF8.GetBytes(value.StringParam),
                    _ => throw RequestRefusedException.BadRequest($"parameter '{key}' must be bytes"),
                };
            }
        }
        await control.LoadAsync(new RepositoryLoad(name, configuration, files), ct);
        return new RepositoryModelLoadResponse { ModelName = name, IsLoaded = true };
    }

    public async Task<RepositoryModelUnloadResponse> UnloadAsync(RepositoryModelUnloadRequest request, CancellationToken ct)
    {
        var name = ModelOf(request.RepositoryName, request.ModelName);
        var dependents = request.Parameters.TryGetValue("unload_dependents", out var flag) && flag.BoolParam;
        await control.UnloadAsync(name, dependents, ct);
        return new RepositoryModelUnloadResponse { ModelName = name, IsUnloaded = true };
    }

    /// <summary>The model that a request means: KServe's clients send its name in the field that is the repository's elsewhere.</summary>
    private static string ModelOf(string repository, string model) => model.Length == 0 ? repository : model;
}
