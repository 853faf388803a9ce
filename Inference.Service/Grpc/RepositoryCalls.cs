using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.V2;

namespace Slipway.Inference.Service.Grpc;

/// <summary>The calls on the model repository. What is served follows from the registry, so that loading and unloading by call are refused.</summary>
internal sealed class RepositoryCalls(V2Descriptions descriptions)
{
    public RepositoryIndexResponse Index(RepositoryIndexRequest request) =>
        new()
        {
            Models =
            {
                descriptions
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

    public static RepositoryModelLoadResponse Load(RepositoryModelLoadRequest _) => throw NotAllowed();

    public static RepositoryModelUnloadResponse Unload(RepositoryModelUnloadRequest _) => throw NotAllowed();

    /// <summary>The model that a request means: KServe's clients send its name in the field that is the repository's elsewhere.</summary>
    public static string ModelOf(string repository, string model) => model.Length == 0 ? repository : model;

    private static RequestRefusedException NotAllowed() =>
        new(StatusCodes.Status503ServiceUnavailable, "explicit model load / unload is not allowed if polling is enabled");
}
