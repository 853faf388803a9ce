namespace Aspire.Hosting.Kubernetes.Resources;

/// <summary>A variable.</summary>
public sealed class EnvVarV1
{
    /// <summary>The name.</summary>
    public string? Name { get; set; }

    /// <summary>The value.</summary>
    public string? Value { get; set; }

    /// <summary>Where the value comes from instead.</summary>
    public EnvVarSourceV1? ValueFrom { get; set; }
}

/// <summary>Where a variable's value comes from.</summary>
public sealed class EnvVarSourceV1
{
    /// <summary>A key of a secret.</summary>
    public SecretKeySelectorV1? SecretKeyRef { get; set; }
}

/// <summary>A key of a secret.</summary>
public sealed class SecretKeySelectorV1
{
    /// <summary>The secret.</summary>
    public string? Name { get; set; }

    /// <summary>The key.</summary>
    public string? Key { get; set; }
}

/// <summary>Variables from settings or a secret as a whole.</summary>
public sealed class EnvFromSourceV1
{
    /// <summary>The settings.</summary>
    public ConfigMapEnvSourceV1? ConfigMapRef { get; set; }
}

/// <summary>Settings by name.</summary>
public sealed class ConfigMapEnvSourceV1
{
    /// <summary>The name.</summary>
    public string? Name { get; set; }
}
