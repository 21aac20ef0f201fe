namespace Blockwire.Initiator;

/// <summary>The name that an initiator was given is none. The message says where it stands, what is wrong with it and what to do.</summary>
public sealed class InitiatorNameException(string message) : Exception(message);
