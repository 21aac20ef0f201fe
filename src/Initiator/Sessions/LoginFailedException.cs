using System.Net.Sockets;
using Blockwire.Protocol.Login;

namespace Blockwire.Initiator;

/// <summary>A session did not come about: the target could not be reached, refused the login, or broke a rule in it.</summary>
public sealed class LoginFailedException : IOException
{
    /// <summary>A login that failed.</summary>
    /// <param name="message">What happened, where, and what to try.</param>
    /// <param name="failure">What the login came to; null when it did not get that far.</param>
    public LoginFailedException(string message, InitiatorLoginFailure? failure)
        : base(message) => Failure = failure;

    /// <summary>What the login came to; null when the target could not be reached.</summary>
    public InitiatorLoginFailure? Failure { get; }

    /// <summary>What the network said when the target could not be reached; null when it was reached, or said nothing in time.</summary>
    public SocketError? NetworkError { get; init; }
}
