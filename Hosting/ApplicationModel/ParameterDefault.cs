namespace Aspire.Hosting.ApplicationModel;

/// <summary>Where a parameter's value comes from when none is configured.</summary>
public abstract class ParameterDefault
{
    /// <summary>The value; called at most once per parameter and run.</summary>
    public abstract string GetDefaultValue();
}
