using System.Net;
using Microsoft.Extensions.Logging;

namespace Blockwire.Target;

/// <summary>Every line that the server writes to its log. No line holds data or a secret.</summary>
internal sealed partial class ServerLog(ILogger logger, TimeProvider time)
{
    private readonly ILogger _logger = new RateLimitedLogger(logger, time);

    [LoggerMessage(1, LogLevel.Information, "session opened: tsih={Tsih} initiator={Initiator} target={Target} type={Type} from {Peer}")]
    public partial void SessionOpened(ushort tsih, string initiator, string target, string type, IPEndPoint peer);

    [LoggerMessage(2, LogLevel.Information, "session closed: tsih={Tsih} initiator={Initiator} target={Target}: {Why}")]
    public partial void SessionClosed(ushort tsih, string initiator, string target, string why);

    [LoggerMessage(3, LogLevel.Warning, "login refused: {Peer} initiator={Initiator} target={Target}: {Why}")]
    public partial void LoginRefused(IPEndPoint peer, string initiator, string target, string why);

    [LoggerMessage(4, LogLevel.Warning, "{Peer} broke a rule ({Action}): RFC {Rule}")]
    public partial void Deviation(IPEndPoint peer, string action, string rule);

    [LoggerMessage(5, LogLevel.Warning, "{Peer} broke {Count} more rules within a second")]
    public partial void DeviationsSuppressed(IPEndPoint peer, int count);

    [LoggerMessage(6, LogLevel.Debug, "connection closed: {Peer}: {Why}")]
    public partial void ConnectionClosed(IPEndPoint peer, string why);

    [LoggerMessage(7, LogLevel.Error, "a command of {Initiator} failed inside the server, operation code {OperationCode}")]
    public partial void CommandFailed(Exception failure, string initiator, byte operationCode);

    [LoggerMessage(8, LogLevel.Error, "a connection of {Peer} failed inside the server")]
    public partial void ConnectionFailed(Exception failure, IPEndPoint peer);

    [LoggerMessage(9, LogLevel.Information, "listening on {EndPoint}, portal group {Group}")]
    public partial void Listening(IPEndPoint endPoint, ushort group);

    [LoggerMessage(10, LogLevel.Warning, "{Peer} turned away: {Count} logins are in progress")]
    public partial void TooManyLogins(IPEndPoint peer, int count);

    [LoggerMessage(11, LogLevel.Error, "cannot accept connections on {EndPoint}: {Why}; trying again")]
    public partial void AcceptFailed(IPEndPoint endPoint, string why);

    [LoggerMessage(12, LogLevel.Error, "LUN {Lun} of {Target} could not be flushed: {Status}")]
    public partial void FlushFailed(uint lun, string target, string status);

    [LoggerMessage(13, LogLevel.Error, "the server's clock tick failed")]
    public partial void TickFailed(Exception failure);

    [LoggerMessage(14, LogLevel.Information, "task management: {Function} by {Initiator}")]
    public partial void TaskManagement(string function, string initiator);

    [LoggerMessage(15, LogLevel.Warning, "{Warning}")]
    public partial void WeakChap(string warning);

    [LoggerMessage(16, LogLevel.Information, "connection joined: tsih={Tsih} cid={Cid} initiator={Initiator} from {Peer}")]
    public partial void ConnectionJoined(ushort tsih, ushort cid, string initiator, IPEndPoint peer);

    [LoggerMessage(17, LogLevel.Information, "session has no connection left: tsih={Tsih} initiator={Initiator} target={Target}: {Why}; it is kept for {Seconds} s")]
    public partial void SessionFailed(ushort tsih, string initiator, string target, string why, int seconds);

    [LoggerMessage(18, LogLevel.Warning, "too much is kept for initiators that are gone: the oldest session without connections is ended")]
    public partial void SessionGivenUp();

    [LoggerMessage(19, LogLevel.Error, "session {Tsih} of {Initiator} failed inside the server")]
    public partial void SessionDefect(Exception failure, ushort tsih, string initiator);

    [LoggerMessage(20, LogLevel.Error, "what target {Target} is to remember could not be kept")]
    public partial void StateNotKept(Exception failure, string target);

    [LoggerMessage(30, LogLevel.Information, "access state: portal group {Group} of {Target} is {State}")]
    public partial void AccessStateSet(string target, ushort group, string state);
}
