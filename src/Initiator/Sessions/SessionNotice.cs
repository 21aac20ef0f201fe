using Blockwire.Protocol.Initiator;

namespace Blockwire.Initiator;

/// <summary>Arguments of <see cref="IscsiSession.Noticed"/>.</summary>
/// <param name="notice">What happened.</param>
public sealed class SessionNoticeEventArgs(InitiatorNotice notice) : EventArgs
{
    /// <summary>What happened.</summary>
    public InitiatorNotice Notice { get; } = notice;
}
