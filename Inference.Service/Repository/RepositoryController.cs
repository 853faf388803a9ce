using System.Collections.Immutable;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using Slipway.Inference.Service.Predictions;
using Slipway.Inference.Service.Protos;
using Slipway.Inference.Service.Serving;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// Decides which models of the repositories are served: at start, on request, or as folders change. A model that cannot be loaded never takes the place of one that
/// serves.
/// </summary>
internal sealed class RepositoryController(
    RepositoryCatalog catalog,
    RepositoryOverrides overrides,
    ServingDirectory directory,
    ModelMemory memory,
    IOptions<RepositoryOptions> options,
    ILogger<RepositoryController> logger
) : IRepositoryControl, IDisposable
{
    private const string AllModels = "*";

    private readonly RepositoryReader _reader = new([.. options.Value.Paths], options.Value.RequireConfig);
    private readonly SemaphoreSlim _turn = new(1);

    // Of the last wait; under the turn.
    private bool _isOutOfMemory;

    /// <summary>Chooses what is served from the start on.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        // Whoever asks for a model meanwhile waits.
        await _turn.WaitAsync(ct);
        try
        {
            await StartInTurnAsync(ct);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task StartInTurnAsync(CancellationToken ct)
    {
        var named = options.Value.LoadModels;
        var all = options.Value.ControlMode != ModelControlMode.Explicit || named.Contains(AllModels);
        foreach (var name in all ? _reader.ListNames() : [.. named])
        {
            await RefreshAsync(name, ct);
            if (catalog.Entries.GetValueOrDefault(name) is { } entry)
            {
                await AddStepsAsync(entry, ct);
            }
        }
        catalog.Publish();
    }

    /// <summary>Looks at every folder again, and serves what has changed. Only for the mode <c>poll</c>.</summary>
    public async Task PollAsync(CancellationToken ct)
    {
        var names = _reader.ListNames();
        foreach (var name in catalog.Entries.Keys.Concat(catalog.Reasons.Keys).Except(names, StringComparer.Ordinal))
        {
            catalog.Forget(name);
        }
        foreach (var name in names)
        {
            await RefreshAsync(name, ct);
        }
    }

    public IReadOnlyList<RepositoryIndexEntry> Index(bool readyOnly)
    {
        var served = directory.Current.Versions.ToLookup(status => status.Id.Model, StringComparer.Ordinal);
        var reasons = catalog.Reasons;
        var names = _reader.ListNames().Concat(served.Select(group => group.Key)).Concat(reasons.Keys).Distinct(StringComparer.Ordinal);
        return
        [
            .. names
                .Order(StringComparer.Ordinal)
                .SelectMany(name => Describe(name, served[name], reasons))
                .Where(entry => !readyOnly || entry.State == RepositoryIndexEntry.Ready),
        ];
    }

    public async Task LoadAsync(RepositoryLoad request, CancellationToken ct)
    {
        RequireExplicit();
        await _turn.WaitAsync(ct);
        try
        {
            var entry = await ReadAsync(request, ct);
            var before = catalog.Entries.GetValueOrDefault(request.Name);
            if (before is not null && before.IsSameAs(entry))
            {
                overrides.Remove(entry.OwnedFolder);
                return;
            }
            await AddStepsAsync(entry, ct);
            catalog.Set(entry);
            if (await WaitForAsync(entry, ct) is { } failure)
            {
                GoBack(request.Name, before, failure);
                overrides.Remove(entry.OwnedFolder);
                throw RequestRefusedException.BadRequest($"load failed for model '{request.Name}': {failure}");
            }
            overrides.Remove(before?.OwnedFolder);
            RepositoryEvents.Loaded(logger, request.Name, entry.Versions.Count);
        }
        catch (RepositoryException e)
        {
            catalog.NoteFailure(request.Name, e.Message);
            throw RequestRefusedException.BadRequest($"failed to load '{request.Name}', {e.Message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>
    /// Loads a model from a folder that is in no repository, under a name that need not be its own, and keeps it loaded until <see cref="UnloadAsync"/>. Throws a
    /// <see cref="RequestRefusedException"/>: 409 where the name is taken, 507 where there is no memory, 400 where the folder is no model.
    /// </summary>
    public async Task LoadFolderAsync(string name, string folder, CancellationToken ct)
    {
        RequireExplicit();
        await _turn.WaitAsync(ct);
        try
        {
            if (catalog.Entries.ContainsKey(name))
            {
                throw new RequestRefusedException(StatusCodes.Status409Conflict, $"model '{name}' is already loaded");
            }
            var model = RepositoryReader.ReadFolder(name, folder);
            var entry = new RepositoryEntry(model, await RepositoryDigests.ComputeAsync(model, ct), null);
            memory.Pin(name);
            catalog.Set(entry);
            string? failure = "the request was cancelled";
            try
            {
                failure = await WaitForAsync(entry, ct);
            }
            finally
            {
                if (failure is not null)
                {
                    memory.Unpin(name);
                    catalog.Forget(name);
                }
            }
            if (failure is not null)
            {
                throw new RequestRefusedException(
                    _isOutOfMemory ? StatusCodes.Status507InsufficientStorage : StatusCodes.Status400BadRequest,
                    $"failed to load '{name}': {failure}"
                );
            }
            RepositoryEvents.Loaded(logger, name, entry.Versions.Count);
        }
        catch (RepositoryException e)
        {
            throw RequestRefusedException.BadRequest($"failed to load '{name}', {e.Message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task UnloadAsync(string name, bool unloadDependents, CancellationToken ct)
    {
        RequireExplicit();
        await _turn.WaitAsync(ct);
        try
        {
            foreach (var unloaded in unloadDependents ? [name, .. DependentsOf(name)] : new[] { name })
            {
                var entry = catalog.Entries.GetValueOrDefault(unloaded);
                if (entry is null && _reader.FindFolder(unloaded) is null && !catalog.Reasons.ContainsKey(unloaded))
                {
                    throw new RepositoryException("failed to poll from model repository");
                }
                memory.Unpin(unloaded);
                catalog.Remove(unloaded, "unloaded");
                await WaitUntilAsync(view => view.VersionsOf(unloaded).Count == 0, ct);
                overrides.Remove(entry?.OwnedFolder);
                RepositoryEvents.Unloaded(logger, unloaded);
            }
        }
        catch (RepositoryException e)
        {
            throw RequestRefusedException.BadRequest($"failed to unload '{name}', {e.Message}");
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static IEnumerable<RepositoryIndexEntry> Describe(
        string name,
        IEnumerable<VersionStatus> versions,
        ImmutableDictionary<string, string> reasons
    )
    {
        var any = false;
        foreach (var status in versions)
        {
            any = true;
            yield return RegistryControl.Describe(status);
        }
        if (!any)
        {
            yield return reasons.TryGetValue(name, out var reason)
                ? new RepositoryIndexEntry(name, "1", RepositoryIndexEntry.Unavailable, reason)
                : new RepositoryIndexEntry(name, "", "", "");
        }
    }

    private void RequireExplicit()
    {
        if (options.Value.ControlMode != ModelControlMode.Explicit)
        {
            throw new RequestRefusedException(
                StatusCodes.Status503ServiceUnavailable,
                options.Value.ControlMode == ModelControlMode.Poll
                    ? "explicit model load / unload is not allowed if polling is enabled"
                    : "explicit model load / unload is not allowed"
            );
        }
    }

    private async Task RefreshAsync(string name, CancellationToken ct)
    {
        try
        {
            var entry = await ReadAsync(new RepositoryLoad(name), ct);
            if (catalog.Entries.GetValueOrDefault(name) is { } before && before.IsSameAs(entry))
            {
                return;
            }
            catalog.Set(entry);
        }
        catch (RepositoryException e)
        {
            if (catalog.Reasons.GetValueOrDefault(name) != e.Message)
            {
                RepositoryEvents.ModelRefused(logger, name, e.Message);
            }
            catalog.NoteFailure(name, e.Message);
        }
    }

    private async Task<RepositoryEntry> ReadAsync(RepositoryLoad request, CancellationToken ct)
    {
        if (request.Files.Count > 0)
        {
            return await overrides.CreateAsync(request, ct);
        }
        var model =
            _reader.Read(request.Name, request.ReadConfiguration())
            ?? throw new RepositoryException("failed to poll from model repository");
        return new RepositoryEntry(model, await RepositoryDigests.ComputeAsync(model, ct), null);
    }

    // Whoever asks for an ensemble asks for what it calls.
    private async Task AddStepsAsync(RepositoryEntry entry, CancellationToken ct)
    {
        foreach (var name in entry.Model.Config.EnsembleScheduling?.Step.Select(step => step.ModelName).Distinct() ?? [])
        {
            if (catalog.Entries.ContainsKey(name) || name == entry.Model.Name)
            {
                continue;
            }
            await RefreshAsync(name, ct);
            if (catalog.Entries.GetValueOrDefault(name) is { } step)
            {
                await AddStepsAsync(step, ct);
            }
        }
    }

    private void GoBack(string name, RepositoryEntry? before, string failure)
    {
        if (before is null)
        {
            catalog.Remove(name, failure);
            return;
        }
        catalog.Set(before);
    }

    /// <summary>Ends when every version serves, with null, or when one has failed, with the reason.</summary>
    private async Task<string?> WaitForAsync(RepositoryEntry entry, CancellationToken ct)
    {
        // As they are to be served: what an ensemble's steps are is part of its digest there.
        var wanted = catalog.Published.Where(version => version.Model == entry.Model.Name).Select(VersionId.Of).ToHashSet();
        string? failure = null;
        await WaitUntilAsync(
            view =>
            {
                var known = view.Versions.Where(status => wanted.Contains(status.Id)).ToArray();
                var failed = known.FirstOrDefault(status => status.State == VersionStatus.Failed);
                failure = failed is null ? null : $"version {failed.Id.Version} is at UNAVAILABLE state: {failed.Reason}";
                _isOutOfMemory = failed is { IsOutOfMemory: true };
                return failure is not null || known.Count(status => status.State == VersionStatus.Ready) == wanted.Count;
            },
            ct
        );
        return failure;
    }

    private async Task WaitUntilAsync(Func<ServingView, bool> isReached, CancellationToken ct)
    {
        while (true)
        {
            var changed = directory.Changed;
            if (isReached(directory.Current))
            {
                return;
            }
            await changed.WaitAsync(ct);
        }
    }

    private IEnumerable<string> DependentsOf(string name) =>
        catalog.Entries.GetValueOrDefault(name)?.Model.Config.EnsembleScheduling is { } ensemble
            ? ensemble.Step.Select(step => step.ModelName).Distinct(StringComparer.Ordinal)
            : [];
}
