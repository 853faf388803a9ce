using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Health;

/// <summary>What to do when a server refuses its password.</summary>
internal static class PasswordAdvice
{
    /// <summary>The advice: a server of ours was set up with another password, a foreign one was given a wrong one.</summary>
    public static string For(IResource server, ParameterResource password) =>
        server.Annotations.OfType<ConnectionStringOverrideAnnotation>().Any()
            ? $"The server refuses the user or the password in ConnectionStrings:{server.Name}: correct it."
            : $"The server refuses its password: its data was set up with another one. Restore secrets.json in the data folder, or give the old password as Parameters:{password.Name} (environment: Parameters__{password.Name.Replace('-', '_')}), or start once with --fresh, which deletes all data.";
}
