namespace Blockwire.Scsi.Device;

/// <summary>What a logical unit keeps over a loss of power could not be read or written, or is not what it should be.</summary>
/// <param name="message">Which document, what is wrong, what to do.</param>
/// <param name="cause">Why.</param>
public sealed class UnitStateException(string message, Exception? cause = null) : Exception(message, cause);
