using System.Collections.Frozen;
using Slipway.Contracts.Messages;

namespace Slipway.Messaging.Topology;

/// <summary>
/// The queues of the durable messages. Whoever publishes such a message also creates its queue, so that one published before its consumer ever ran waits there instead of being
/// dropped by the broker. A message that is not listed is a hint.
/// </summary>
public static class MessageRoutes
{
    /// <summary>Where monitoring takes <see cref="Contracts.Messages.PredictionsLogged"/> from.</summary>
    public const string MonitoringPredictions = "monitoring-predictions";

    /// <summary>Where training takes <see cref="Contracts.Messages.TrainModel"/> from.</summary>
    public const string TrainingTrainModel = "training-train-model";

    private static readonly FrozenDictionary<Type, string> s_queues = new Dictionary<Type, string>
    {
        [typeof(PredictionsLogged)] = MonitoringPredictions,
        [typeof(TrainModel)] = TrainingTrainModel,
    }.ToFrozenDictionary();

    internal static string? QueueOf(Type message) => s_queues.GetValueOrDefault(message);
}
