using Microsoft.Extensions.Logging;

namespace Blockwire.Initiator;

/// <summary>Every line that a session logs.</summary>
internal sealed partial class SessionLog(ILogger logger)
{
    private readonly ILogger _logger = logger;

    [LoggerMessage(1, LogLevel.Debug, "{Target}: {Event}: {Why}")]
    public partial void Happened(string target, string @event, string why);

    [LoggerMessage(2, LogLevel.Warning, "{Target}: {Event}: {Why}")]
    public partial void WentWrong(string target, string @event, string why);

    [LoggerMessage(3, LogLevel.Warning, "{Target} broke a rule on connection {Cid} ({Action}): RFC {Rule}")]
    public partial void Deviation(string target, ushort cid, string action, string rule);

    [LoggerMessage(4, LogLevel.Error, "a connection to {Portal} failed inside the initiator")]
    public partial void LinkFailed(Exception defect, string portal);

    [LoggerMessage(5, LogLevel.Information, "{Portal} sends us on to {Other}")]
    public partial void Redirected(string portal, string other);

    [LoggerMessage(6, LogLevel.Information, "{Target}: {Note}")]
    public partial void LoginNote(string target, string note);

    [LoggerMessage(7, LogLevel.Error, "the clock tick of a session failed")]
    public partial void TickFailed(Exception defect);

    [LoggerMessage(8, LogLevel.Error, "a handler of Noticed failed at {Event}")]
    public partial void HandlerFailed(Exception defect, string @event);
}
