using Slipway.ServiceDefaults.Workers;

namespace Slipway.Training.Worker.Jobs;

/// <summary>A hint within this process that a job was made, so that it need not wait for the next poll.</summary>
internal sealed class JobSignal : WakeSignal;
