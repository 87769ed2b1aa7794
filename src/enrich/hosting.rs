//! Networks that anybody can rent from by the hour: hosters, and those that carry VPN, proxy and
//! relay exits.
//!
//! Numbers of autonomous systems as the regional registries publish them. A company's own VPN often
//! stands in one, so being on the list is evidence, never a verdict.

/// Sorted, each with whose it is.
pub const HOSTING: &[(u32, &str)] = &[
    (3223, "Voxility"),
    (8075, "Microsoft Azure"),
    (8100, "QuadraNet"),
    (8560, "IONOS"),
    (8987, "Amazon"),
    (9009, "M247"),
    (9123, "TimeWeb"),
    (11878, "tzulo"),
    (12876, "Scaleway"),
    (13213, "UK2"),
    (13335, "Cloudflare"),
    (14061, "DigitalOcean"),
    (14618, "Amazon"),
    (15169, "Google"),
    (16276, "OVH"),
    (16509, "Amazon"),
    (19318, "Interserver"),
    (20454, "SecuredServers"),
    (20473, "Vultr"),
    (20940, "Akamai"),
    (22612, "Namecheap"),
    (23470, "ReliableSite"),
    (24940, "Hetzner"),
    (25820, "IT7"),
    (26496, "GoDaddy"),
    (28753, "Leaseweb DE"),
    (29802, "HIVELOCITY"),
    (30633, "Leaseweb US"),
    (31898, "Oracle Cloud"),
    (32097, "WholeSale Internet"),
    (33387, "Nocix"),
    (34011, "Host Europe"),
    (35540, "OVH"),
    (35916, "Multacom"),
    (36183, "Akamai relay"),
    (36351, "SoftLayer"),
    (36352, "ColoCrossing"),
    (37963, "Alibaba"),
    (39351, "31173 Services (Mullvad)"),
    (39798, "MivoCloud"),
    (40021, "Contabo US"),
    (42624, "Simple Carrier"),
    (44901, "BelCloud"),
    (45090, "Tencent"),
    (45102, "Alibaba"),
    (46606, "Unified Layer"),
    (46844, "Sharktech"),
    (47583, "Hostinger"),
    (49505, "Selectel"),
    (49981, "WorldStream"),
    (50304, "Blix"),
    (51167, "Contabo"),
    (53667, "FranTech"),
    (54113, "Fastly"),
    (54290, "Hostwinds"),
    (55286, "ServerMania"),
    (55990, "Huawei Cloud"),
    (56630, "Melbikomas"),
    (59253, "Leaseweb APAC"),
    (60068, "Datacamp CDN77"),
    (60404, "Liteserver"),
    (60729, "Tor exit TORSERVERS"),
    (60781, "Leaseweb NL"),
    (61317, "Hivelocity UK"),
    (62240, "Clouvider"),
    (62567, "DigitalOcean"),
    (62904, "Eonix"),
    (63949, "Akamai Linode"),
    (132203, "Tencent"),
    (132892, "Cloudflare"),
    (136787, "PacketHub"),
    (136907, "Huawei Cloud"),
    (137409, "GSL Networks"),
    (141039, "PacketHub"),
    (141995, "Contabo Asia"),
    (147049, "PacketHub"),
    (197540, "netcup"),
    (197695, "REG.RU"),
    (198605, "Gen Digital VPN"),
    (199524, "G-Core"),
    (200019, "AlexHost"),
    (202422, "G-Core"),
    (202425, "IP Volume"),
    (205544, "Leaseweb UK"),
    (206092, "Internet Utilities"),
    (207137, "PacketHub"),
    (209854, "Cyberzone"),
    (212238, "Datacamp"),
    (212317, "Hetzner"),
    (213230, "Hetzner cloud"),
    (396982, "Google Cloud"),
];

/// Whether an autonomous system is on the list.
#[must_use]
pub fn is_hosting(asn: u32) -> bool {
    hoster(asn).is_some()
}

/// Whose an autonomous system on the list is.
#[must_use]
pub fn hoster(asn: u32) -> Option<&'static str> {
    let place = HOSTING.binary_search_by_key(&asn, |(known, _)| *known);
    place.ok().map(|place| HOSTING[place].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_knows_a_hoster_from_an_access_provider() {
        assert!(HOSTING.is_sorted_by_key(|(asn, _)| *asn));
        assert_eq!(hoster(14_061), Some("DigitalOcean"));
        // DigitalOcean and M247 against Comcast and Deutsche Telekom.
        assert!(is_hosting(14_061) && is_hosting(9_009));
        assert!(!is_hosting(7_922) && !is_hosting(3_320));
    }
}
