namespace Blockwire.Initiator;

/// <summary>A text is no iSCSI URL, or not the one that is needed. The message is one line without any secret: what is wrong, where, and what to write.</summary>
public sealed class IscsiUrlException(string message) : FormatException(message);
