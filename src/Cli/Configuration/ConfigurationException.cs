namespace Blockwire.Cli.Configuration;

/// <summary>A configuration says something wrong; the message begins with the JSON path.</summary>
internal sealed class ConfigurationException(string message) : Exception(message);
