using Slipway.Monitoring.Worker.Waking;

namespace Slipway.Monitoring.Worker.Retraining;

/// <summary>Wakes the retrain pass: a request has been written.</summary>
internal sealed class RetrainSignal : WakeSignal;
