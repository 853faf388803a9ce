using System.ComponentModel.DataAnnotations;

namespace Slipway.Inference.Service.SharedMemory;

/// <summary>
/// Triton's system shared memory extension; configuration section <c>Inference:SharedMemory</c>, or Triton's switch <c>--allow-client-shm=true</c>. Whoever may call the
/// service may then have it read and write every file of <c>/dev/shm</c> that its user may: it is off unless asked for.
/// </summary>
internal sealed class SharedMemoryOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Inference:SharedMemory";

    /// <summary>Whether clients may register regions and name them in requests.</summary>
    public bool Enabled { get; set; }

    /// <summary>The most regions that are registered at the same time, each with a file open; one more is answered 503.</summary>
    [Range(1, 65536, ErrorMessage = Section + ":MaxRegions must be between 1 and 65536.")]
    public int MaxRegions { get; set; } = 1024;
}
