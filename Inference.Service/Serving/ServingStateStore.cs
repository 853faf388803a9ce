using System.Text.Json;
using Slipway.Contracts;
using Slipway.Contracts.Serving;

namespace Slipway.Inference.Service.Serving;

/// <summary>Keeps the last serving state that was fully loaded in a file, for a start while the registry is away.</summary>
internal sealed class ServingStateStore(string folder, ILogger<ServingStateStore> logger)
{
    private readonly string _path = Path.Combine(folder, "serving-state.json");

    /// <summary>The saved state; null when there is none, or it cannot be read.</summary>
    public ServingState? Load()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(_path), ContractsJson.Default.ServingState);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // The registry has the truth; without the file a start only has to wait for it.
            ServingEvents.SavedStateUnreadable(logger, e, _path);
            return null;
        }
    }

    public void Save(ServingState state)
    {
        try
        {
            var temporary = _path + ".new";
            File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(state, ContractsJson.Default.ServingState));
            File.Move(temporary, _path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ServingEvents.StateNotSaved(logger, e, _path);
        }
    }
}
