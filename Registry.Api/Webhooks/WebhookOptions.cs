using System.ComponentModel.DataAnnotations;

namespace Slipway.Registry.Api.Webhooks;

/// <summary>How webhooks are sent. Configuration section <c>Registry:Webhooks</c>.</summary>
internal sealed class WebhookOptions
{
    public const string Section = "Registry:Webhooks";

    /// <summary>
    /// The schemes that a webhook's URL may have, separated by commas. Without a setting of its own it is that of <c>MLFLOW_WEBHOOK_ALLOWED_SCHEMES</c>, the
    /// environment variable of MLflow's server.
    /// </summary>
    public string AllowedSchemes { get; set; } = "https";

    /// <summary>
    /// Whether webhooks may go to loopback, private and other addresses outside of the public internet. Without a setting of its own it is that of
    /// <c>MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS</c>.
    /// </summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>
    /// The key that secrets are encrypted with in the database: 32 bytes in base64. Without it, one is made and kept in the registry's data folder; replicas
    /// that do not share that folder need it set.
    /// </summary>
    public string? EncryptionKey { get; set; }

    /// <summary>Seconds that a receiver has to answer.</summary>
    [Range(1, 300)]
    public int TimeoutSeconds { get; set; } = 30;

    /// <summary>How many deliveries are on their way at once; at most one of each webhook.</summary>
    [Range(1, 256)]
    public int Concurrency { get; set; } = 16;

    /// <summary>The first pause before another attempt, in milliseconds. Each further one is twice as long.</summary>
    [Range(1, 600_000)]
    public int FirstRetryDelayMs { get; set; } = 1000;

    /// <summary>The longest pause, in seconds.</summary>
    [Range(1, 86_400)]
    public int MaxRetryDelaySeconds { get; set; } = 600;

    /// <summary>Hours after which a delivery that nobody took is given up.</summary>
    [Range(1, 720)]
    public int GiveUpAfterHours { get; set; } = 24;

    /// <summary>Days that finished deliveries stay in the log.</summary>
    [Range(1, 3650)]
    public int RetentionDays { get; set; } = 30;
}
