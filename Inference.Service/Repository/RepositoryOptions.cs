using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.Repository;

/// <summary>
/// A folder of models that is served instead of the registry's serving state; configuration section <c>Inference:Repository</c>, or Triton's switches
/// (<see cref="RepositoryArguments"/>).
/// </summary>
internal sealed class RepositoryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:Repository";

    /// <summary>The folders; each holds one folder a model. Empty: the registry says what to serve.</summary>
    public IList<string> Paths { get; set; } = [];

    /// <summary>When models are loaded and unloaded.</summary>
    public ModelControlMode ControlMode { get; set; } = ModelControlMode.None;

    /// <summary>How often the folders are looked at in the mode <c>poll</c>.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "1.00:00:00", ErrorMessage = Section + ":PollInterval must be between 100 ms and 1 day.")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Models to load at start in the mode <c>explicit</c>; <c>*</c> for all.</summary>
    public IList<string> LoadModels { get; set; } = [];

    /// <summary>Refuse a model without a <c>config.pbtxt</c> instead of inferring its configuration from its graph.</summary>
    public bool RequireConfig { get; set; }

    /// <summary>The largest sum of the files that one load request may bring along, in bytes.</summary>
    [Range(0, int.MaxValue, ErrorMessage = Section + ":MaxOverrideBytes must not be negative.")]
    public int MaxOverrideBytes { get; set; } = 256 << 20;
}
