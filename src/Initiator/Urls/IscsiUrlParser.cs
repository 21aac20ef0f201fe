using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Blockwire.Protocol.Authentication;
using Blockwire.Protocol.Naming;
using Blockwire.Scsi;

namespace Blockwire.Initiator;

/// <summary>Reads one <see cref="IscsiUrl"/>.</summary>
internal sealed class IscsiUrlParser(string text, Func<string, string?> variable)
{
    private const string Scheme = "iscsi://";
    private const string Form = "iscsi://[user%secret@]host[:port]/target/lun";

    public IscsiUrl Parse(IscsiUrlPart needed)
    {
        string body = WithoutScheme(needed);
        int question = body.IndexOf('?', StringComparison.Ordinal);
        string options = question < 0 ? "" : body[(question + 1)..];
        body = question < 0 ? body : body[..question];
        if (!body.Contains('@', StringComparison.Ordinal) && options.IndexOf('@', StringComparison.Ordinal) is >= 0 and int mark && !options.AsSpan(0, mark).Contains('='))
        {
            throw Wrong("a question mark in a secret is written %3F");
        }

        // No host and no target name holds an @, so the last one ends the secret whatever that holds.
        int at = body.LastIndexOf('@');
        string? user = at < 0 ? null : body[..at];
        string[] path = body[(at + 1)..].Split('/');
        IscsiUrl url = new() { Portals = [ReadPortal(path[0], "")] };
        url = ReadPath(url, path);
        IscsiUrlOptions read = new(this, options);
        url = read.Apply(url);
        url = url with { Credentials = Credentials(user, read.TargetUser, read.TargetSecret) };
        return CheckReach(url, needed);
    }

    /// <summary>A failure that shows the URL without what may be secret in it.</summary>
    public IscsiUrlException Wrong(string what) => new($"{Shown()}: {what}");

    public PortalAddress ReadPortal(string value, string where)
    {
        if (!PortalAddress.TryParse(value, out PortalAddress portal))
        {
            throw Wrong($"{where}'{Printable(value)}' is no host[:port]; write 192.0.2.1, name:3260 or [2001:db8::1]:3260");
        }

        return portal.Port != 0 ? portal : throw Wrong($"{where}nothing listens on port 0; iSCSI has port {PortalAddress.DefaultPort}");
    }

    public string Decode(string value, string where) => PercentText.TryDecode(value, out string? decoded)
        ? decoded
        : throw Wrong($"{where} holds a % without two hex digits behind it; write a percent sign as %25");

    public static string Printable(string value) => string.Concat(value.Select(static c => char.IsControl(c) ? '\uFFFD' : c));

    private string WithoutScheme(IscsiUrlPart needed)
    {
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return text[Scheme.Length..];
        }

        bool hasScheme = text.Contains("://", StringComparison.Ordinal);
        return needed == IscsiUrlPart.Portal && !hasScheme && text.Length > 0 ? text
            : throw Wrong($"this is no iSCSI URL; write {Form}");
    }

    private IscsiUrl ReadPath(IscsiUrl url, string[] path)
    {
        if (path.Length > 3)
        {
            throw Wrong($"there is more than a target and a LUN behind the host; write {Form}");
        }

        if (path.Length > 1 && path[1].Length > 0)
        {
            string name = Decode(path[1], "the target name");
            url = url with
            {
                TargetName = IscsiName.TryReceive(name, out IscsiName target, out string? why) ? target
                    : throw Wrong($"the target name '{Printable(name)}' {why}; it looks like iqn.2026-11.local.blockwire:disk"),
            };
        }

        if (path.Length > 2 && path[2].Length > 0)
        {
            bool isNumber = uint.TryParse(path[2], NumberStyles.None, CultureInfo.InvariantCulture, out uint lun) && lun <= LunFormat.MaxNumber;
            url = url with
            {
                Lun = !isNumber ? throw Wrong($"the LUN '{Printable(path[2])}' is no number from 0 to {LunFormat.MaxNumber}")
                    : url.TargetName is null ? throw Wrong($"a LUN needs a target before it; write {Form}")
                    : lun,
            };
        }

        return url;
    }

    private IscsiUrl CheckReach(IscsiUrl url, IscsiUrlPart needed) => needed switch
    {
        IscsiUrlPart.Target or IscsiUrlPart.LogicalUnit when url.TargetName is null =>
            throw Wrong($"the target is missing; write {Form}, or ask for the targets with: blockwire discover {url.Portals[0]}"),
        IscsiUrlPart.LogicalUnit when url.Lun is null =>
            throw Wrong($"the LUN is missing; write {url}/0, or ask for the LUNs with: blockwire ls {url.Portals[0]}"),
        _ => url,
    };

    private ChapInitiatorOptions? Credentials(string? user, string? targetUser, byte[]? targetSecret)
    {
        try
        {
            ChapCredential? own = string.IsNullOrEmpty(user) ? ChapVariables.FindOwn(variable) : ReadUser(user);
            ChapCredential? target = targetUser is null && targetSecret is null ? ChapVariables.FindTarget(variable)
                : targetUser is { Length: > 0 } name && targetSecret is { Length: > 0 } secret ? new(name, new ChapSecret(secret))
                : throw Wrong("target-user and target-password go together; write both or none");
            if (own is null)
            {
                return targetUser is null ? null
                    : throw Wrong("target-user asks for a proof of the target, which only comes with one of ours; write iscsi://user%secret@host");
            }

            ChapInitiatorOptions options = new() { Own = own, Target = target };
            options.Validate();
            return options;
        }
        catch (ChapOptionsException problem)
        {
            throw Wrong(problem.Message);
        }
    }

    // libiscsi ends the user at the first percent sign, or at a colon if there is none.
    private ChapCredential ReadUser(string user)
    {
        int end = user.IndexOf('%', StringComparison.Ordinal) is >= 0 and int percent ? percent : user.IndexOf(':', StringComparison.Ordinal);
        if (end < 0)
        {
            return ChapVariables.FindOwnSecret(variable) is { } known ? new(user, ChapSecret.FromText(known))
                : throw Wrong("the user has no secret; write user%secret@host, or put the secret into BLOCKWIRE_CHAP_SECRET");
        }

        return PercentText.TryDecode(user.AsSpan(end + 1), out byte[] secret) ? new(user[..end], new ChapSecret(secret))
            : throw Wrong("the secret holds a % without two hex digits behind it; write a percent sign as %25");
    }

    // What stands before the last @ and behind the first ? may be a secret.
    private string Shown()
    {
        int question = text.IndexOf('?', StringComparison.Ordinal);
        string shown = question < 0 ? text : text[..question];
        int at = shown.LastIndexOf('@');
        bool hasScheme = shown.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);
        if (at < 0 && text.Contains('@', StringComparison.Ordinal))
        {
            return $"{(hasScheme ? Scheme : "")}...";
        }

        return Printable(at < 0 ? shown : $"{(hasScheme ? Scheme : "")}...@{shown[(at + 1)..]}");
    }
}
