using Google.Protobuf.Collections;
using Slipway.Inference.Engine.Settings;
using Slipway.Inference.Service.Protos;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// What a model's configuration means for the engine. What it does not name stays at the service's own setting; in one point the engine is stricter than the
/// configuration: a queue without a limit has the service's.
/// </summary>
internal static class ModelConfigSettings
{
    /// <summary>Triton's default for a sequence that sends nothing.</summary>
    private static readonly TimeSpan s_defaultIdleLimit = TimeSpan.FromSeconds(1);

    /// <summary>The settings of a model. Throws <see cref="RepositoryException"/> where the configuration makes no sense.</summary>
    public static ModelSettings Apply(ModelConfig config, ModelSettings defaults, long responseCacheBytes, string? versionFolder = null)
    {
        var settings = defaults with
        {
            Batching = BatchingOf(config, defaults.Batching),
            ConcurrentRuns = RunsOf(config, defaults.ConcurrentRuns),
            ResponseCacheBytes = config.ResponseCache is { Enable: true } ? responseCacheBytes : 0,
            Sequence = config.SequenceBatching is { } sequence
                ? SequenceOf(config.Name, sequence, config.MaxBatchSize > 0, versionFolder)
                : null,
        };
        if (config.DynamicBatching is { } batching)
        {
            settings = WithQueues(settings, batching);
        }
        try
        {
            settings.Validate();
        }
        catch (ArgumentException e)
        {
            throw new RepositoryException($"the configuration of model '{config.Name}' makes no sense: {e.Message}");
        }
        return settings;
    }

    private static BatchingSettings BatchingOf(ModelConfig config, BatchingSettings defaults)
    {
        // Whoever wrote a configuration and asked for no joining wants none; a model without a configuration is joined where that is shown to be safe.
        if (config.DynamicBatching is not { } batching)
        {
            return config.MaxBatchSize > 0 || config.SequenceBatching is not null ? defaults with { Joining = RowJoining.Never } : defaults;
        }
        if (config.MaxBatchSize < 1)
        {
            throw new RepositoryException($"dynamic batching needs a 'max_batch_size' above 0 for model '{config.Name}'");
        }
        return new BatchingSettings
        {
            Joining = RowJoining.Always,
            MaxBatchSize = config.MaxBatchSize,
            PreferredSizes = [.. batching.PreferredBatchSize],
            MaxDelay = Microseconds(batching.MaxQueueDelayMicroseconds),
            AdaptsDelay = false,
        };
    }

    private static ModelSettings WithQueues(ModelSettings settings, ModelDynamicBatching batching)
    {
        var levels = (int)Math.Clamp(batching.PriorityLevels, 1, int.MaxValue);
        var queue = batching.DefaultQueuePolicy is { } policy ? QueueOf(policy, settings.Queue) : settings.Queue;
        return settings with
        {
            Queue = queue,
            PriorityLevels = levels,
            DefaultPriority = (int)Math.Min(batching.DefaultPriorityLevel, int.MaxValue),
            LevelQueues = batching.PriorityQueuePolicy.ToDictionary(
                level => (int)Math.Min(level.Key, int.MaxValue),
                level => QueueOf(level.Value, settings.Queue)
            ),
        };
    }

    private static QueuePolicy QueueOf(ModelQueuePolicy policy, QueuePolicy defaults) =>
        new()
        {
            MaxQueueSize = policy.MaxQueueSize > 0 ? (int)Math.Min(policy.MaxQueueSize, int.MaxValue) : defaults.MaxQueueSize,
            Timeout = policy.DefaultTimeoutMicroseconds > 0 ? Microseconds(policy.DefaultTimeoutMicroseconds) : null,
            AllowTimeoutOverride = policy.AllowTimeoutOverride,
            TimeoutAction =
                policy.TimeoutAction == ModelQueuePolicy.Types.TimeoutAction.Delay ? QueueTimeoutAction.Delay : QueueTimeoutAction.Reject,
        };

    private static int RunsOf(ModelConfig config, int defaults)
    {
        var count = config.InstanceGroup.Sum(group => (long)Math.Max(1, group.Count));
        return config.InstanceGroup.Count == 0 ? defaults : (int)Math.Min(count, 1024);
    }

    private static SequenceSettings? SequenceOf(string model, ModelSequenceBatching sequence, bool isBatched, string? versionFolder)
    {
        if (sequence.State.Count == 0 && sequence.ControlInput.Count == 0)
        {
            return null;
        }
        return new SequenceSettings
        {
            States =
            [
                .. sequence.State.Select(state => new StatePair(
                    state.InputName,
                    state.OutputName,
                    ShapeOf(state.InitialState.Count > 0 ? state.InitialState[0].Dims : state.Dims, isBatched),
                    InitialBytesOf(state, versionFolder)
                )),
            ],
            Controls =
            [
                .. sequence.ControlInput.SelectMany(input => input.Control.Select(control => ControlOf(model, input.Name, control))),
            ],
            IdleLimit = sequence.MaxSequenceIdleMicroseconds > 0 ? Microseconds(sequence.MaxSequenceIdleMicroseconds) : s_defaultIdleLimit,
            MaxSequences = sequence.Oldest is { MaxCandidateSequences: > 0 } oldest ? oldest.MaxCandidateSequences : 1024,
        };
    }

    private static SequenceControl ControlOf(string model, string input, ModelSequenceBatching.Types.Control control)
    {
        if (control.Kind == ModelSequenceBatching.Types.Control.Types.Kind.ControlSequenceCorrid)
        {
            return new SequenceControl(SequenceControlKind.CorrelationId, input);
        }
        double[][] given =
        [
            [.. control.Int32FalseTrue.Select(value => (double)value)],
            [.. control.Fp32FalseTrue.Select(value => (double)value)],
            [.. control.BoolFalseTrue.Select(value => value ? 1.0 : 0.0)],
        ];
        var set = given.Where(values => values.Length > 0).ToArray();
        if (set is not [[var whenFalse, var whenTrue]])
        {
            throw new RepositoryException(
                $"sequence batching control '{input}' of model '{model}' must have exactly one of int32_false_true, fp32_false_true and bool_false_true, with 2 entries"
            );
        }
        var kind = control.Kind switch
        {
            ModelSequenceBatching.Types.Control.Types.Kind.ControlSequenceStart => SequenceControlKind.Start,
            ModelSequenceBatching.Types.Control.Types.Kind.ControlSequenceEnd => SequenceControlKind.End,
            _ => SequenceControlKind.Ready,
        };
        return new SequenceControl(kind, input, whenFalse, whenTrue);
    }

    private static byte[]? InitialBytesOf(ModelSequenceBatching.Types.State state, string? versionFolder) =>
        state.InitialState is [{ DataFile: { Length: > 0 } file }] && versionFolder is not null
            ? ModelFolderFile.Read("initial_state", file, versionFolder)
            : null;

    // A variable dimension starts at 1, as the engine has it.
    private static long[]? ShapeOf(RepeatedField<long> dims, bool isBatched) =>
        dims.Count == 0 ? null
        : isBatched ? [1, .. dims.Select(dim => Math.Abs(dim))]
        : [.. dims.Select(dim => Math.Abs(dim))];

    private static TimeSpan Microseconds(ulong microseconds) =>
        TimeSpan.FromTicks(
            (long)Math.Min(microseconds, (ulong)(long.MaxValue / TimeSpan.TicksPerMicrosecond)) * TimeSpan.TicksPerMicrosecond
        );
}
