using System.Text;
using Blockwire.Protocol.Keys;
using Blockwire.Protocol.Negotiation;

namespace Blockwire.Protocol.Tests.Keys;

/// <summary>Writes docs/LOGIN-KEYS.md from the table.</summary>
internal static class LoginKeysPage
{
    private const string Head = """
        # Login and text keys

        Every key the target knows, from the one table it answers by (`src/Protocol/Keys/KeyTable.cs`). A test writes this page: after a
        change of the table run the tests of `tests/Protocol` with `BLOCKWIRE_WRITE_DOCS=1`.

        - *From I*, *From T*: when the initiator or the target may send the key on its own account. S security stage, O operational stage,
          F full feature phase. An answer is always allowed.
        - *Only*: `leading` means on the first connection of a session, `first` in the first request of a login.
        - *Result*: how a proposal is answered; `declare` wants no answer.
        - *Discovery*: `irrelevant` is the answer in a discovery session.
        - A key that is not listed is answered `NotUnderstood`. A key sent twice, out of its stage or by the wrong side ends the login with
          status 0x0200. An illegal proposal is answered `Reject`, an illegal declaration ends the login.

        | Key | From I | From T | Only | Scope | Value | Range | Default | Result | Discovery | Source |
        |---|---|---|---|---|---|---|---|---|---|---|

        """;

    public static string Write()
    {
        StringBuilder page = new(Head.ReplaceLineEndings("\n"));
        foreach (KeyRow row in KeyTable.Rows)
        {
            AppendRow(page, row.Name, Stages(row.FromInitiator), Stages(row.FromTarget), Only(row),
                row.Scope == KeyScope.Session ? "session" : "connection", Form(row.Form), row.Range?.ToString() ?? "", row.Default ?? "", Function(row),
                row.IrrelevantInDiscovery ? "irrelevant" : "", $"RFC {row.Section.Replace("/", " §", StringComparison.Ordinal)}");
        }

        page.Append("\n## What the target offers by default\n\n| Key | Offer |\n|---|---|\n");
        TargetOffers offers = new();
        AppendRow(page, "MaxConnections", $"{offers.MaxConnections}");
        AppendRow(page, "InitialR2T", $"{Word(offers.InitialR2T)}: the initiator decides");
        AppendRow(page, "ImmediateData", Word(offers.ImmediateData));
        AppendRow(page, "MaxRecvDataSegmentLength", $"{offers.MaxRecvDataSegmentLength}");
        AppendRow(page, "MaxBurstLength", $"{offers.MaxBurstLength}");
        AppendRow(page, "FirstBurstLength", $"{offers.FirstBurstLength}");
        AppendRow(page, "DefaultTime2Wait", $"{offers.DefaultTime2Wait}");
        AppendRow(page, "DefaultTime2Retain", $"{offers.DefaultTime2Retain}");
        AppendRow(page, "MaxOutstandingR2T", $"{offers.MaxOutstandingR2T}");
        AppendRow(page, "DataPDUInOrder", $"{Word(offers.DataPDUInOrder)}: the initiator decides");
        AppendRow(page, "DataSequenceInOrder", $"{Word(offers.DataSequenceInOrder)}: the initiator decides");
        AppendRow(page, "ErrorRecoveryLevel", $"{offers.ErrorRecoveryLevel}");
        AppendRow(page, "TaskReporting", string.Join(", ", offers.TaskReporting));
        AppendRow(page, "iSCSIProtocolLevel", $"{offers.ProtocolLevel}");
        AppendRow(page, "HeaderDigest", $"{offers.HeaderDigest}: CRC32C or None, whichever the initiator lists first");
        AppendRow(page, "DataDigest", $"{offers.DataDigest}: CRC32C or None, whichever the initiator lists first");
        return page.ToString();
    }

    private static void AppendRow(StringBuilder page, params string[] cells) => page.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Word(bool value) => value ? KeyConstant.Yes : KeyConstant.No;

    private static string Stages(KeyStages stages) =>
        (stages.HasFlag(KeyStages.Security) ? "S" : "") + (stages.HasFlag(KeyStages.Operational) ? "O" : "") + (stages.HasFlag(KeyStages.FullFeature) ? "F" : "");

    private static string Only(KeyRow row) =>
        string.Join(", ", new[] { row.LeadingOnly ? "leading" : "", row.FirstRequestOnly ? "first" : "" }.Where(static text => text.Length > 0));

    private static string Form(ValueForm form) => form switch
    {
        ValueForm.LocalName => "UTF-8",
        ValueForm.Name => "iSCSI name",
        _ => form.ToString().ToLowerInvariant(),
    };

    private static string Function(KeyRow row) => row.Function switch
    {
        ResultFunction.FirstSupported => "first supported",
        ResultFunction.ByAuthMethod => $"{row.AuthMethod} exchange",
        ResultFunction.AlwaysReject => "always Reject",
        _ => row.Function.ToString().ToLowerInvariant(),
    };
}
